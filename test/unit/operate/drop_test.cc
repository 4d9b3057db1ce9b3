// A letter that may be the only message of a job is never thrown away.
#include "operate/drop.h"

#include <gtest/gtest.h>

#include "core/store_layout.h"
#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

class DropTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  void append(const JobLog::Step& step) {
    JobLog log(store_, clock_, id_);
    log.read(kSoon);
    ASSERT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  void claim() {
    append([](const auto& before) { return claimed(before, {"id-1", "pc-1", "m1"}); });
  }
  std::string why(const std::string& body) {
    const DeadLetter letter{body, "m1", {{"holdfast-reason", "failed"}}, true};
    return why_not_dropped(view_of(letter), store_, clock_).value_or("");
  }
  std::string why() { return why(R"({"job_id":"a"})"); }

  const ManualClock clock_;
  MemoryStore store_;
  const JobId id_ = *JobId::parse("a");
  const EndingNote note_{{1}, Ending::failed, "pc-1", "exit code 1", ""};
};

TEST_F(DropTest, LettersOfJobsThatHaveEndedAndOfWhatIsNoJobMayGo) {
  EXPECT_EQ(why("no job"), "");
  claim();
  append([&](const auto& before) { return dead(*before, "failed", note_); });
  EXPECT_EQ(why(), "");
}

TEST_F(DropTest, TheLetterOfAJobThatGoesOnOrThatNobodyHasSeenStays) {
  EXPECT_NE(why().find("no worker has claimed"), std::string::npos);
  claim();
  EXPECT_NE(why().find("it is running; requeue or cancel it first"), std::string::npos);
  append([&](const auto& before) { return handed_back(*before, note_); });
  EXPECT_NE(why().find("it is waiting"), std::string::npos);
}

TEST_F(DropTest, WhereTheLogCannotBeReadTheLetterStays) {
  store_.damage(StoreLayout(id_).record(1), "no record");
  EXPECT_NE(why(), "");
}

}  // namespace
}  // namespace holdfast
