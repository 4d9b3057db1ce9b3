// The submitter over a queue that does what a test tells it.
#include "submit/submitter.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "adapters/sqlite/sqlite_ledger.h"
#include "fakes/manual_clock.h"
#include "holdfast/error.h"
#include "submit/checked_list.h"
#include "unit/submit/list_fixture.h"

namespace holdfast {
namespace {

// Keeps the Publisher's contract. Confirms at most `confirms_left` messages, in reverse order of
// each batch; is out of reach for the next `outages` calls of send().
class ScriptedPublisher final : public Publisher {
 public:
  explicit ScriptedPublisher(ManualClock& clock) : clock_(clock) {}

  std::uint64_t send(Message message, TimePoint deadline) override {
    if (refused) throw Error(ErrorKind::rejected, "no such queue");
    if (outages > 0) {
      --outages;
      clock_.wait_until(deadline);
      throw Error(ErrorKind::unavailable, "the broker is out of reach");
    }
    unconfirmed_.push_back(next_);
    sent.push_back(std::move(message));
    return next_++;
  }

  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override {
    std::vector<std::uint64_t> numbers;
    while (!unconfirmed_.empty() && confirms_left > 0) {
      numbers.push_back(unconfirmed_.back());
      unconfirmed_.pop_back();
      --confirms_left;
    }
    if (numbers.empty() && !unconfirmed_.empty()) clock_.wait_until(deadline);
    return numbers;
  }

  std::size_t unconfirmed() const override { return unconfirmed_.size(); }

  std::vector<Message> sent;
  std::uint64_t confirms_left = 1'000'000;
  int outages = 0;
  bool refused = false;

 private:
  ManualClock& clock_;
  std::uint64_t next_ = 0;
  std::vector<std::uint64_t> unconfirmed_;
};

class SubmitterTest : public testing::Test {
 protected:
  SubmitterTest() { static_cast<void>(check_list(list_, ledger_, {})); }

  static std::string list_of(int count) {
    std::string text = "job_id,n\n";
    for (int i = 0; i < count; ++i) {
      text += "job-" + std::to_string(i) + "," + std::to_string(i) + "\n";
    }
    return text;
  }

  Submitted submit() { return Submitter(publisher_, ledger_, clock_, wishes_).submit(list_); }

  ManualClock clock_;
  ScriptedPublisher publisher_{clock_};
  SubmitterWishes wishes_;
  ListFile file_{"jobs.csv", list_of(2500)};
  JobList list_{file_.name()};
  SqliteLedger ledger_{file_.folder().path() / "ledger", "target"};
};

TEST_F(SubmitterTest, EveryJobIsSentOnceWithItsIdAsMessageId) {
  EXPECT_EQ(submit().confirmed, 2500u);
  ASSERT_EQ(publisher_.sent.size(), 2500u);
  EXPECT_EQ(publisher_.sent.at(7).message_id, "job-7");
  EXPECT_EQ(publisher_.sent.at(7).body, R"({"job_id":"job-7","n":7})");
  EXPECT_EQ(publisher_.sent.at(7).destination, Destination::queue);
  EXPECT_EQ(ledger_.submitted_count(), 2500u);
}

TEST_F(SubmitterTest, WhatTheLedgerHasIsNotSent) {
  ledger_.confirm("job-0");
  ledger_.confirm("job-2499");
  ledger_.commit();
  EXPECT_EQ(submit().confirmed, 2498u);
  EXPECT_EQ(publisher_.sent.front().message_id, "job-1");
  EXPECT_EQ(publisher_.sent.back().message_id, "job-2498");
}

TEST_F(SubmitterTest, AnOutageIsWaitedOutAndToldOnce) {
  int told = 0;
  wishes_.outage = [&](const std::string&) { ++told; };
  publisher_.outages = 5;
  EXPECT_EQ(submit().confirmed, 2500u);
  EXPECT_EQ(publisher_.sent.size(), 2500u);
  EXPECT_EQ(told, 1);
}

TEST_F(SubmitterTest, AQueueThatStaysOutOfReachIsGivenUpWithItsOwnWords) {
  publisher_.outages = 1'000'000;
  wishes_.connect_patience = 30s;
  const TimePoint begin = clock_.now();
  try {
    static_cast<void>(submit());
    FAIL() << "it did not give up";
  } catch (const Error& error) {
    EXPECT_TRUE(error.may_work_later());
    EXPECT_STREQ(error.what(), "the broker is out of reach");
  }
  EXPECT_GE(clock_.now() - begin, 30s);
  EXPECT_LE(clock_.now() - begin, 32s);
}

TEST_F(SubmitterTest, WhatWasConfirmedBeforeAFailureIsInTheLedger) {
  publisher_.confirms_left = 1200;
  EXPECT_THROW(static_cast<void>(submit()), Error);
  EXPECT_EQ(ledger_.submitted_count(), 1200u);
}

TEST_F(SubmitterTest, ARefusalIsNotWaitedOut) {
  publisher_.refused = true;
  const TimePoint begin = clock_.now();
  EXPECT_THROW(static_cast<void>(submit()), Error);
  EXPECT_EQ(clock_.now(), begin);
}

TEST_F(SubmitterTest, StoppedEarlyItNotesWhatIsConfirmedAndTheNextRunSendsTheRest) {
  wishes_.stop = [this] { return publisher_.sent.size() >= 1000; };
  const Submitted first = submit();
  EXPECT_TRUE(first.stopped);
  EXPECT_EQ(first.confirmed, 1000u);
  ASSERT_EQ(ledger_.submitted_count(), 1000u);

  ScriptedPublisher second(clock_);
  EXPECT_EQ(Submitter(second, ledger_, clock_, {}).submit(list_).confirmed, 1500u);
  EXPECT_EQ(second.sent.front().message_id, "job-1000");
}

TEST_F(SubmitterTest, AListThatChangesUnderneathIsRefused) {
  file_.write(list_of(2000) + "new,1\n");
  EXPECT_THROW(static_cast<void>(submit()), Error);
  const auto is_new = [](const Message& message) { return message.message_id == "new"; };
  EXPECT_EQ(std::count_if(publisher_.sent.begin(), publisher_.sent.end(), is_new), 0);
}

}  // namespace
}  // namespace holdfast
