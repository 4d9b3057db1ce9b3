// The ledger on its real file, and the check of a list against it.
#include <gtest/gtest.h>

#include "adapters/sqlite/sqlite_ledger.h"
#include "adapters/sqlite/sqlite_publisher.h"
#include "core/job.h"
#include "fakes/manual_clock.h"
#include "submit/checked_list.h"
#include "unit/submit/list_fixture.h"

namespace holdfast {
namespace {

class LedgerTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteLedger> open(const std::string& target = "broker/queue") {
    return std::make_unique<SqliteLedger>(folder_.path() / "ledger", target);
  }
  CheckedList check(std::string_view text, Ledger& ledger) {
    const ListFile file("jobs.csv", text);
    return check_list(JobList(file.name()), ledger, {});
  }

  TemporaryFolder folder_;
};

TEST_F(LedgerTest, WhatWasConfirmedIsRememberedByTheNextProcess) {
  {
    const auto ledger = open();
    static_cast<void>(check("job_id\na\nb\n", *ledger));
    ledger->confirm("a");
    ledger->commit();
  }
  const auto ledger = open();
  const CheckedList checked = check("job_id\na\nb\nc\n", *ledger);
  EXPECT_EQ(checked.jobs, 3u);
  EXPECT_EQ(checked.submitted, 1u);
  EXPECT_EQ(ledger->submitted("a", fingerprint("{\"job_id\":\"a\"}")), true);
  EXPECT_EQ(ledger->submitted("b", fingerprint("{\"job_id\":\"b\"}")), false);
  EXPECT_EQ(ledger->submitted_count(), 1u);
}

TEST_F(LedgerTest, WhatWasNotCommittedIsForgotten) {
  {
    const auto ledger = open();
    static_cast<void>(check("job_id\na\n", *ledger));
    ledger->confirm("a");
  }
  EXPECT_EQ(open()->submitted_count(), 0u);
}

TEST_F(LedgerTest, TargetsHaveTheirOwnJobs) {
  {
    const auto ledger = open("test");
    static_cast<void>(check("job_id\na\n", *ledger));
    ledger->confirm("a");
    ledger->commit();
  }
  const auto ledger = open("real");
  EXPECT_EQ(check("job_id\na\n", *ledger).submitted, 0u);
}

TEST_F(LedgerTest, AnIdThatStandsTwiceInTheListIsAFaultThatNamesBothLines) {
  const auto ledger = open();
  const CheckedList checked = check("job_id,n\na,1\nb,2\na,3\n", *ledger);
  EXPECT_EQ(checked.jobs, 2u);
  ASSERT_EQ(checked.faults.size(), 1u);
  EXPECT_EQ(checked.faults.front().line, 4u);
  EXPECT_NE(checked.faults.front().what.find("line 2"), std::string::npos);
}

TEST_F(LedgerTest, TheSameIdInASecondPassIsNoDuplicate) {
  const auto ledger = open();
  EXPECT_EQ(check("job_id\na\n", *ledger).faults_count, 0u);
  EXPECT_EQ(check("job_id\na\n", *ledger).faults_count, 0u);
}

TEST_F(LedgerTest, AChangedLineOfASubmittedJobIsToldAndNotSentAgain) {
  const auto ledger = open();
  static_cast<void>(check("job_id,n\na,1\nb,1\n", *ledger));
  ledger->confirm("a");
  ledger->commit();
  for (int pass = 0; pass < 2; ++pass) {
    const CheckedList checked = check("job_id,n\na,2\nb,2\n", *ledger);
    ASSERT_EQ(checked.changed.size(), 1u);
    EXPECT_EQ(checked.changed.begin()->first, "a");
    EXPECT_EQ(checked.submitted, 1u);
  }
}

TEST_F(LedgerTest, ForgettingMakesAllJobsUnsubmitted) {
  const auto ledger = open();
  static_cast<void>(check("job_id\na\n", *ledger));
  ledger->confirm("a");
  ledger->forget();
  EXPECT_EQ(check("job_id\na\n", *ledger).submitted, 0u);
}

TEST_F(LedgerTest, AJobThatWasNotCheckedInThisPassIsUnknown) {
  const auto ledger = open();
  static_cast<void>(check("job_id,n\na,1\ngone,1\n", *ledger));
  static_cast<void>(check("job_id,n\na,1\n", *ledger));
  EXPECT_EQ(ledger->submitted("never", 1), std::nullopt);
  EXPECT_EQ(ledger->submitted("gone", fingerprint(R"({"job_id":"gone","n":1})")), std::nullopt);
  EXPECT_EQ(ledger->submitted("a", fingerprint(R"({"job_id":"a","n":2})")), std::nullopt);
}

TEST_F(LedgerTest, WhatTheEmbeddedQueueHasIsConfirmedThoughNobodyNotedIt) {
  const auto ledger = open();
  static_cast<void>(check("job_id\na\nb\nc\n", *ledger));
  {
    ManualClock clock;
    SqlitePublisher publisher(folder_.path() / "queue", clock);
    for (const char* job : {"a", "b"}) publisher.send({Destination::queue, 0s, "{}", job, {}}, {});
    static_cast<void>(publisher.take_confirmed(clock.now()));
  }
  ledger->confirm_those_in(folder_.path() / "queue" / "queue.sqlite");
  EXPECT_EQ(check("job_id\na\nb\nc\n", *ledger).submitted, 2u);
}

TEST_F(LedgerTest, AQueueWhoseMakerWasKilledConfirmsNothing) {
  const auto ledger = open();
  static_cast<void>(check("job_id\na\n", *ledger));
  std::ofstream(folder_.path() / "queue.sqlite").flush();
  ledger->confirm_those_in(folder_.path() / "queue.sqlite");
  ledger->confirm_those_in(folder_.path() / "absent.sqlite");
  EXPECT_EQ(ledger->submitted_count(), 0u);
}

TEST_F(LedgerTest, OnlyTheFirstHundredFaultsAreKeptAndAllAreCounted) {
  std::string text = "job_id\n";
  for (int i = 0; i < 250; ++i) text += "bad id\n";
  const auto ledger = open();
  const CheckedList checked = check(text, *ledger);
  EXPECT_EQ(checked.faults.size(), CheckedList::kFaultsKept);
  EXPECT_EQ(checked.faults_count, 250u);
}

TEST_F(LedgerTest, AListWithoutJobsIsAFault) {
  const auto ledger = open();
  EXPECT_EQ(check("job_id,steps\n", *ledger).faults_count, 1u);
}

}  // namespace
}  // namespace holdfast
