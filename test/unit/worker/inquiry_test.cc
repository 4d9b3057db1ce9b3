// What a claimant does about a job that somebody else runs: it gives an owner up who was asked and
// did not answer, and nobody else.
#include "worker/inquiry.h"

#include <gtest/gtest.h>

#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class InquiryTest : public testing::Test {
 protected:
  InquiryTest() {
    settings_.worker = "claimant";
    owner_.read(soon());
    EXPECT_EQ(owner_.append_as_claimant(
                  [](const auto& newest) {
                    return claimed(newest, {"owner's", "owner", "m"});
                  },
                  soon()),
              AppendOutcome::appended);
  }

  TimePoint soon() const { return clock_.now() + 10s; }

  // Looks whenever something is due, for `time`.
  Inquiry::Finding look_for(Inquiry& inquiry, Duration time) {
    const TimePoint until = clock_.now() + time;
    auto found = Inquiry::Finding::open;
    while (found == Inquiry::Finding::open && inquiry.due() <= until) {
      clock_.wait_until(inquiry.due());
      found = inquiry.look_if_due();
    }
    return found;
  }

  ManualClock clock_;
  MemoryStore store_;
  JobLog owner_{store_, clock_, *JobId::parse("a")};
  WorkerSettings settings_;
};

TEST_F(InquiryTest, AnOwnerWhoWasAskedAndDoesNotAnswerIsGivenUp) {
  Inquiry inquiry(owner_, {}, clock_, settings_);
  EXPECT_EQ(look_for(inquiry, 1h), Inquiry::Finding::free);
}

// Nobody waits for it with a free slot then.
TEST_F(InquiryTest, AnOwnerWhoGivesASignBeforeItIsAskedLives) {
  Inquiry inquiry(owner_, {}, clock_, settings_);
  EXPECT_EQ(
      owner_.append_as_owner(
          "owner's",
          [](const auto& newest) {
            return checkpointed(*newest, {{1}, newest->attempt, std::string(64, 'a'), 1}, {}, 2);
          },
          soon()),
      AppendOutcome::appended);
  EXPECT_EQ(inquiry.look_if_due(), Inquiry::Finding::answered);
}

// While nobody looked the store may have been away, for the owner too: it could not answer.
TEST_F(InquiryTest, WhoDidNotLookForLongWaitsAnew) {
  Inquiry inquiry(owner_, {}, clock_, settings_);
  EXPECT_EQ(inquiry.look_if_due(), Inquiry::Finding::open);  // Asks.
  clock_.advance(1h);
  EXPECT_EQ(inquiry.look_if_due(), Inquiry::Finding::open);
  EXPECT_GT(inquiry.due(), clock_.now());
  EXPECT_EQ(look_for(inquiry, 1h), Inquiry::Finding::free);
}

}  // namespace
}  // namespace holdfast
