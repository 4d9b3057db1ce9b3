#include "index/job_index.h"

#include <atomic>
#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/temporary_folder.h"
#include "index/fold.h"

namespace holdfast {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobIndexTest : public ::testing::Test {
 protected:
  static IndexEntry entry(const std::string& job, std::uint64_t number, JobState state) {
    IndexEntry entry;
    entry.job = job;
    entry.number = number;
    entry.state = state;
    return entry;
  }

  // `count` jobs whose ids share a shard.
  std::vector<std::string> of_one_shard(std::size_t count) const {
    std::vector<std::string> jobs{"first"};
    for (int i = 0; jobs.size() < count; ++i) {
      const std::string job = "job-" + std::to_string(i);
      if (layout_.index_shard_of(job) == layout_.index_shard_of("first")) jobs.push_back(job);
    }
    return jobs;
  }

  void note(const std::string& job, std::uint64_t number, JobState state) {
    index_.note(entry(job, number, state), std::nullopt, deadline());
  }

  std::map<std::string, IndexEntry> read(const FoldCache* cache = nullptr) {
    std::map<std::string, IndexEntry> found;
    reading_ = index_.read(
        [&](const IndexEntry& one) { EXPECT_TRUE(found.emplace(one.job, one).second) << one.job; },
        cache);
    return found;
  }

  TimePoint deadline() const { return clock_.now() + 1s; }

  MemoryStore store_;
  ManualClock clock_;
  FleetLayout layout_{"jobs"};
  JobIndex index_{store_, clock_, layout_};
  IndexReading reading_;
};

TEST_F(JobIndexTest, AnEmptyStoreHasNoJobs) {
  EXPECT_THAT(read(), IsEmpty());
  EXPECT_THAT(reading_.problems, IsEmpty());
}

TEST_F(JobIndexTest, TheEntryOfTheHighestRecordCountsInWhateverOrderTheyCame) {
  note("a", 3, JobState::completed);
  note("a", 1, JobState::running);
  note("b", 2, JobState::waiting);
  const auto found = read();
  EXPECT_THAT(found, SizeIs(2));
  EXPECT_EQ(found.at("a").state, JobState::completed);
  EXPECT_EQ(found.at("b").state, JobState::waiting);
}

TEST_F(JobIndexTest, ANewEntryReplacesTheOneBefore) {
  const auto running = entry("a", 1, JobState::running);
  index_.note(running, std::nullopt, deadline());
  index_.note(entry("a", 2, JobState::completed), running, deadline());
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_EQ(read().at("a").state, JobState::completed);
}

TEST_F(JobIndexTest, AQueueSeesItsOwnJobsOnly) {
  note("a", 1, JobState::running);
  JobIndex other(store_, clock_, FleetLayout("other"));
  std::size_t seen = 0;
  other.read([&](const IndexEntry&) { ++seen; }, nullptr);
  EXPECT_EQ(seen, 0U);
}

TEST_F(JobIndexTest, EndedJobsAreFoldedIntoOneObjectAndRunningOnesStay) {
  const auto jobs = of_one_shard(70);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    note(jobs[i], 2, i < 5 ? JobState::running : JobState::completed);
  }
  EXPECT_FALSE(index_.fold(jobs[0], 66, deadline()));
  EXPECT_TRUE(index_.fold(jobs[0], 65, deadline()));
  EXPECT_THAT(store_.keys(), SizeIs(6));
  const auto found = read();
  EXPECT_THAT(found, SizeIs(70));
  EXPECT_EQ(found.at(jobs[69]).state, JobState::completed);
  EXPECT_EQ(found.at(jobs[0]).state, JobState::running);
}

TEST_F(JobIndexTest, ASecondFoldTakesInTheFirst) {
  const auto jobs = of_one_shard(6);
  for (std::size_t i = 0; i < 3; ++i) note(jobs[i], 2, JobState::completed);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  for (std::size_t i = 3; i < 6; ++i) note(jobs[i], 2, JobState::dead);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_THAT(read(), SizeIs(6));
}

TEST_F(JobIndexTest, AJobThatWasFoldedAndGoesOnIsSeenAsItIsNow) {
  note("a", 4, JobState::dead);
  EXPECT_TRUE(index_.fold("a", 1, deadline()));
  note("a", 5, JobState::waiting);
  EXPECT_EQ(read().at("a").state, JobState::waiting);
  // The next fold leaves it as it is.
  EXPECT_TRUE(index_.fold("a", 0, deadline()));
  EXPECT_EQ(read().at("a").state, JobState::waiting);
}

// Somebody has stored the fold of both jobs and is about to remove the one before. Meanwhile one of
// them goes on, and the shard is folded again.
TEST_F(JobIndexTest, AFoldThatIsToBeRemovedIsNotMadeAgain) {
  const auto jobs = of_one_shard(2);
  note(jobs[0], 2, JobState::completed);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  const std::string first = store_.keys().front();
  note(jobs[1], 3, JobState::dead);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  note(jobs[1], 4, JobState::waiting);
  EXPECT_TRUE(index_.fold(jobs[0], 0, deadline()));
  store_.remove(first, deadline());
  const auto found = read();
  EXPECT_EQ(found.at(jobs[0]).state, JobState::completed);
  EXPECT_EQ(found.at(jobs[1]).state, JobState::waiting);
}

TEST_F(JobIndexTest, AFoldThatIsLateLosesNothing) {
  const auto jobs = of_one_shard(3);
  note(jobs[0], 2, JobState::completed);
  note(jobs[1], 2, JobState::dead);
  const Fold late =
      fold_of({entry(jobs[0], 2, JobState::completed), entry(jobs[1], 2, JobState::dead)});
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  note(jobs[1], 3, JobState::waiting);
  note(jobs[1], 7, JobState::completed);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  store_.put(layout_.index_folds(layout_.index_shard_of(jobs[0])) + late.digest.hex(), late.bytes,
             late.digest, deadline());
  const auto found = read();
  EXPECT_EQ(found.at(jobs[0]).number, 2U);
  EXPECT_EQ(found.at(jobs[1]).number, 7U);
}

TEST_F(JobIndexTest, WhereverAFoldIsBrokenOffEveryJobIsStillSeen) {
  const auto jobs = of_one_shard(5);
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t call = 0;; ++call) {  // Ends with the last call of a fold.
      MemoryStore store;
      FaultyStore faulty(store);
      JobIndex index(faulty, clock_, layout_);
      for (const std::string& job : jobs) {
        index.note(entry(job, 2, JobState::completed), {}, deadline());
      }
      faulty.plan(call, fault);
      try {
        index.fold(jobs[0], 1, deadline());
      } catch (const Error&) {
      }
      if (faulty.pending()) break;
      std::size_t seen = 0;
      index.read([&](const IndexEntry&) { ++seen; }, nullptr);
      EXPECT_EQ(seen, jobs.size()) << "broken off at call " << call;
    }
  }
}

// Somebody unites a fold with others between a reader's listing and its reading.
TEST_F(JobIndexTest, AReaderWhoseFoldWasUnitedMeanwhileLooksAgain) {
  const auto jobs = of_one_shard(2);
  note(jobs[0], 2, JobState::completed);
  EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  FaultyStore store(store_);
  std::atomic<bool> united = false;
  store.before_read = [&](const std::string& key) {
    if (united || key.find("~/") == std::string::npos) return;
    united = true;
    note(jobs[1], 2, JobState::completed);
    EXPECT_TRUE(index_.fold(jobs[0], 1, deadline()));
  };
  JobIndex reader(store, clock_, layout_);
  std::size_t seen = 0;
  const auto reading = reader.read([&](const IndexEntry&) { ++seen; }, nullptr);
  EXPECT_TRUE(united);
  EXPECT_EQ(seen, 2U);
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST_F(JobIndexTest, ADamagedFoldIsSaidAndTheRestStillShown) {
  note("a", 2, JobState::completed);
  EXPECT_TRUE(index_.fold("a", 1, deadline()));
  store_.damage(store_.keys().front(), "rubbish");
  note("b", 1, JobState::running);
  EXPECT_THAT(read(), SizeIs(1));
  EXPECT_THAT(reading_.problems, SizeIs(1));
}

TEST_F(JobIndexTest, WhatIsCountedAgainReplacesAndCompletesWhatStands) {
  note("a", 3, JobState::running);  // It has ended since, and nobody noted it.
  note("b", 5, JobState::waiting);
  index_.add({entry("a", 4, JobState::completed), entry("b", 4, JobState::dead),
              entry("c", 1, JobState::running)},
             deadline());
  index_.add({entry("d", 2, JobState::dead)}, deadline());
  index_.fold_all([this] { return deadline(); });
  const auto found = read();
  EXPECT_THAT(found, SizeIs(4));
  EXPECT_EQ(found.at("a").state, JobState::completed);
  EXPECT_EQ(found.at("b").state, JobState::waiting);
  EXPECT_EQ(found.at("c").state, JobState::running);
  EXPECT_EQ(found.at("d").state, JobState::dead);
  const auto keys = store_.keys();
  // Folds with a, d, and b as it had ended; b and c as they are now beside them.
  EXPECT_THAT(keys, SizeIs(5));
}

TEST_F(JobIndexTest, ForeignObjectsInAShardAreNoJobs) {
  store_.put(layout_.index_entries(layout_.index_shard_of("a")) + "what is this", "x", sha256("x"),
             deadline());
  EXPECT_THAT(read(), IsEmpty());
}

TEST_F(JobIndexTest, WhatIsCachedIsNotReadAgain) {
  const TemporaryFolder folder;
  const FoldCache cache(folder.path());
  note("a", 2, JobState::completed);
  EXPECT_TRUE(index_.fold("a", 1, deadline()));
  EXPECT_THAT(read(&cache), SizeIs(1));
  const std::size_t gets = store_.calls(MemoryStore::Call::get);
  EXPECT_THAT(read(&cache), SizeIs(1));
  EXPECT_EQ(store_.calls(MemoryStore::Call::get), gets);

  // Damaged on disk it is read from the store again.
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::resize_file(file.path(), 3);
  }
  EXPECT_THAT(read(&cache), SizeIs(1));
  EXPECT_THAT(reading_.problems, IsEmpty());
  EXPECT_EQ(store_.calls(MemoryStore::Call::get), gets + 1);
}

}  // namespace
}  // namespace holdfast
