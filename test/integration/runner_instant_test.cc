// From a running task to a restored directory: every checkpoint is the task's directory at exactly
// one instant, never a mixture, also where it is built from what earlier ones hold.
#include <sys/stat.h>

#include <cstdlib>

#include "adapters/local/directory_store.h"
#include "base/file.h"
#include "checkpoint/pruner.h"
#include "checkpoint/restorer.h"
#include "checkpoint/saver.h"
#include "runner_fixture.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kFileBytesMax = 64 << 20;

class RunnerInstantTest : public RunnerFixture {
 protected:
  RunnerInstantTest() {
    copy_ = [this](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
      return taker_.take(from, to, stop, standstill);
    };
  }

  static std::uint64_t counter_at(const std::filesystem::path& file, std::uint64_t offset) {
    std::uint64_t value = 0;
    const std::string bytes = read_range(open_to_read(file), file, offset, sizeof value);
    if (bytes.size() == sizeof value) bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }

  static std::uint64_t size_of(const std::filesystem::path& file) {
    return std::filesystem::file_size(file);
  }

  // What the task wrote last, in the order in which it writes.
  static std::vector<std::uint64_t> counters(const std::filesystem::path& directory) {
    const std::uint64_t log = size_of(directory / "appended");
    const std::uint64_t mapped = size_of(directory / "mapped");
    return {counter_at(directory / "appended", log - sizeof log),
            log / sizeof log,
            counter_at(directory / "in place", size_of(directory / "in place") / 2),
            counter_at(directory / "renamed", 0),
            counter_at(directory / "mapped", 0),
            counter_at(directory / "mapped", mapped - sizeof log)};
  }

  static void expect_one_instant(const std::vector<std::uint64_t>& counters) {
    for (std::size_t i = 1; i < counters.size(); ++i) {
      EXPECT_LE(counters[i], counters[i - 1]) << "file " << i;
    }
    EXPECT_LE(counters.front(), counters.back() + 1);
  }

  static void expect_same_files(const std::filesystem::path& one,
                                const std::filesystem::path& other) {
    for (const char* name : {"appended", "in place", "renamed", "mapped", "frozen"}) {
      EXPECT_TRUE(read_file(one / name, kFileBytesMax) == read_file(other / name, kFileBytesMax))
          << name;
    }
  }

  std::filesystem::path snapshot(int number) {
    const std::filesystem::path to = root_ / ("snapshot-" + std::to_string(number));
    runner_->snapshot(SnapshotMode::freeze, to);
    EXPECT_EQ(expect<SnapshotTaken>().directory, to);
    return to;
  }

  SnapshotTaker taker_{SnapshotTaker::kNoLimit, "/proc", std::chrono::nanoseconds(0)};
};

TEST_F(RunnerInstantTest, EveryCheckpointIsOfOneInstantFromTheTaskToTheRestoredDirectory) {
  const int checkpoints = std::getenv("HOLDFAST_TEST_LONG") != nullptr ? 100 : 10;
  start({kTestTask, "count", "every way"});
  const TimePoint give_up = clock_.now() + kEnough;
  while (!std::filesystem::exists(directory() / "renamed") && clock_.now() < give_up) {
    ::sched_yield();
  }
  DirectoryStore store(root_ / "store");
  const StoreLayout layout(*JobId::parse("instants"));
  Saver saver(store, clock_, layout, {1}, {});
  Restorer restorer(store, clock_, layout);
  const std::filesystem::path restored = root_ / "restored";
  std::uint64_t last = 0;
  int deltas = 0;
  for (int i = 1; i <= checkpoints; ++i) {
    const std::filesystem::path taken = snapshot(i);
    const auto saved = saver.save(taken, {static_cast<std::uint64_t>(i)}, {});
    ASSERT_TRUE(saved);
    const ChunkTable& chunks = *saver.newest().chunks;
    for (const auto number : chunks.numbers()) {
      deltas += chunks.at(number).chunk.form == ChunkForm::delta;
    }
    ASSERT_TRUE(restorer.restore({saved->ref}, restored, {}));
    const std::vector<std::uint64_t> found = counters(restored);
    expect_one_instant(found);
    EXPECT_GT(found.front(), last) << "the task did not go on";
    last = found.front();
    expect_same_files(restored, taken);
    if (i > 1) remove_directory(root_ / ("snapshot-" + std::to_string(i - 1)));
    ASSERT_FALSE(HasFailure()) << "at checkpoint " << i;
  }
  EXPECT_GT(deltas, checkpoints);  // Both that were rewritten in place, again and again.
}

// The same where the task writes between the look at its directory and the standstill.
TEST_F(RunnerInstantTest, WhatATaskWritesAfterTheLookIsInItsSnapshot) {
  std::uint64_t looked_at = 0;
  const auto newest = [&] {
    return counter_at(directory() / "mapped", size_of(directory() / "mapped") - sizeof looked_at);
  };
  copy_ = [&](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
    const auto begin = [&] {
      looked_at = newest();
      const TimePoint give_up = clock_.now() + kEnough;
      while (newest() < looked_at + 5 && clock_.now() < give_up) ::sched_yield();
      standstill.begin();
    };
    return taker_.take(from, to, stop, {begin, standstill.end});
  };
  start({kTestTask, "count", "every way"});
  const TimePoint give_up = clock_.now() + kEnough;
  while (!std::filesystem::exists(directory() / "renamed") && clock_.now() < give_up) {
    ::sched_yield();
  }
  for (int i = 1; i <= 5; ++i) {
    const std::vector<std::uint64_t> found = counters(snapshot(i));
    expect_one_instant(found);
    EXPECT_GE(found.back(), looked_at + 5);
  }
}

TEST_F(RunnerInstantTest, WhatIsLeftOutIsToldWithTheSnapshot) {
  start({"/bin/sleep", "1000"});
  ASSERT_EQ(::mkfifo((directory() / "pipe").c_str(), 0600), 0);
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  const SnapshotTaken taken = expect<SnapshotTaken>();
  EXPECT_EQ(taken.left_out, std::vector<std::filesystem::path>{"pipe"});
}

TEST_F(RunnerInstantTest, ADiskThatIsFullIsToldApart) {
  copy_ = [](const auto&...) -> std::vector<std::filesystem::path> {
    throw DiskFull("the disk is full");
  };
  start({"/bin/sleep", "1000"});
  runner_->snapshot(SnapshotMode::freeze, root_ / "snapshot");
  const SnapshotFailed failed = expect<SnapshotFailed>();
  EXPECT_TRUE(failed.disk_full);
  EXPECT_EQ(failed.reason, "the disk is full");
}

}  // namespace
}  // namespace holdfast
