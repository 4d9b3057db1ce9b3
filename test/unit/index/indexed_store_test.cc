#include "index/indexed_store.h"

#include <map>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "core/transition.h"
#include "fakes/memory_store.h"
#include "index/index_thread.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

class IndexedStoreTest : public ::testing::Test {
 protected:
  static JobId id(const std::string& text) { return *JobId::parse(text); }
  TimePoint soon() const { return clock_.now() + 5s; }

  void claim(Store& store, const std::string& job) {
    JobLog log(store, clock_, id(job));
    log.read(soon());
    ASSERT_EQ(log.append_as_claimant(
                  [&](const auto& newest) {
                    return claimed(newest, {"a1", "pc-1", "m"});
                  },
                  soon()),
              AppendOutcome::appended);
  }

  static IndexedStore::Tell telling(IndexThread& thread) {
    return [&thread](const JobId& job, const Record& record) { thread.tell(job, record); };
  }

  std::map<std::string, JobState> index() {
    std::map<std::string, JobState> states;
    JobIndex(memory_, clock_, layout_)
        .read([&](const IndexEntry& entry) { states[entry.job] = entry.state; }, nullptr);
    return states;
  }

  MemoryStore memory_;
  SystemClock clock_;
  FleetLayout layout_{"jobs"};
};

TEST_F(IndexedStoreTest, EveryRecordThatIsAppendedIsInTheIndexAtTheEnd) {
  {
    IndexThread index(memory_, clock_, layout_);
    IndexedStore store(memory_, telling(index));
    for (int i = 0; i < 50; ++i) claim(store, "job-" + std::to_string(i));
    JobLog log(store, clock_, id("job-7"));
    log.read(soon());
    ASSERT_EQ(log.append_as_owner(
                  "a1",
                  [](const auto& newest) {
                    return completed(*newest, sha256("x").hex(), {},
                                     {{1}, Ending::finished, "pc-1", "finished", "", 3});
                  },
                  soon()),
              AppendOutcome::appended);
  }
  const auto states = index();
  EXPECT_EQ(states.size(), 50U);
  EXPECT_EQ(states.at("job-7"), JobState::completed);
  EXPECT_EQ(states.at("job-8"), JobState::running);
}

TEST_F(IndexedStoreTest, ReadingALogMendsTheEntryOfItsJob) {
  claim(memory_, "a");  // Nobody told the index.
  {
    IndexThread thread(memory_, clock_, layout_);
    IndexedStore store(memory_, telling(thread));
    EXPECT_TRUE(JobLog(store, clock_, id("a")).read(soon()));
  }
  EXPECT_EQ(index().at("a"), JobState::running);
}

TEST_F(IndexedStoreTest, ObjectsThatAreNoRecordsAreNotTaken) {
  {
    IndexThread thread(memory_, clock_, layout_);
    IndexedStore store(memory_, telling(thread));
    for (const char* key : {"a/log/run.txt", "log/9999999999998", "a/log/9999999999998"}) {
      static_cast<void>(store.create(key, "no record", soon()));
    }
  }
  EXPECT_TRUE(index().empty());
}

}  // namespace
}  // namespace holdfast
