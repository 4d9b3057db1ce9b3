#include "app/wiring.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "base/mailbox.h"
#include "checkpoint/snapshot.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

// What takes long is to look at them, and that is over when the task stands still.
TEST(WiringTest, ATaskStandsStillForASmallPartOfASnapshotOfManyFiles) {
  constexpr int kFolders = 20;
  constexpr int kFilesInEach = 1000;
  const TemporaryFolder root;
  const fs::path work = root.path() / "work";
  for (int i = 0; i < kFolders * kFilesInEach; ++i) {
    const fs::path folder = work / std::to_string(i / kFilesInEach);
    if (i % kFilesInEach == 0) fs::create_directories(folder);
    std::ofstream(folder / std::to_string(i)) << i;
  }
  // Until their times are believed.
  while (fs::last_write_time(work / std::to_string(kFolders - 1)) + SnapshotTaker::kSettled +
             std::chrono::milliseconds(100) >
         fs::file_time_type::clock::now()) {
    ::usleep(10'000);
  }
  SystemClock clock;
  Mailbox<TaskEvent> events;
  const auto runner = make_runner(
      {[&](TaskEvent event) { events.post(std::move(event)); }, {}}, [](std::string_view) {},
      SnapshotTaker::kNoLimit, {}, clock);
  TaskSpec spec;
  spec.arguments = {"/bin/sleep", "1000"};
  spec.working_directory = spec.checkpoint_directory = work;
  runner->start(spec);
  for (const char* name : {"first", "second"}) {
    const TimePoint begin = clock.now();
    runner->snapshot(SnapshotMode::freeze, root.path() / name);
    const auto copied = events.next(begin + std::chrono::minutes(5));
    ASSERT_TRUE(copied);
    const Duration all = clock.now() - begin;
    const Duration held = std::get<SnapshotCopied>(*copied).held;
    const auto taken = events.next(begin + std::chrono::minutes(5));
    ASSERT_TRUE(taken && std::holds_alternative<SnapshotTaken>(*taken));
    if (std::string_view(name) == "second") {
      EXPECT_LT(held * 2, all);
    }
  }
  runner->stop(Duration::zero());
}

}  // namespace
}  // namespace holdfast
