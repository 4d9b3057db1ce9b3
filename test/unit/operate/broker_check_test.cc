// What is said about a broker, row by row.
#include "operate/broker_check.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

// As holdfast setup makes it on RabbitMQ 4.0.
BrokerFacts good() {
  BrokerFacts facts;
  facts.address = "amqps://u@broker:5671/v";
  facts.encrypted = true;
  facts.product = "RabbitMQ";
  facts.version = "4.0.5";
  facts.heartbeat = std::chrono::seconds(15);
  facts.management_tells = true;
  facts.queues = {{"jobs", true, {}}, {"jobs.dead", true, {}}};
  facts.hold_limit = {HoldLimit::Known::limited, std::chrono::hours(24 * 30)};
  facts.may_configure = facts.may_read = facts.may_write = true;
  facts.dead_letters = DeadLetterPath::arrives;
  facts.dead_letters_detail = "they arrive";
  return facts;
}

const Finding* find(const Findings& findings, const std::string& check) {
  const auto found = std::ranges::find(findings, check, &Finding::check);
  return found == findings.end() ? nullptr : &*found;
}

void expect(const BrokerFacts& facts, const std::string& check, Verdict verdict,
            const std::string& words) {
  const Findings findings = judge(facts);
  const Finding* finding = find(findings, check);
  ASSERT_NE(finding, nullptr) << check;
  EXPECT_EQ(finding->verdict, verdict) << finding->text;
  EXPECT_NE(finding->text.find(words), std::string::npos) << finding->text;
  EXPECT_TRUE(verdict == Verdict::ok || !finding->cure.empty()) << check;
}

TEST(BrokerCheckTest, AGoodBrokerIsFine) {
  for (const Finding& finding : judge(good())) {
    EXPECT_EQ(finding.verdict, Verdict::ok) << finding.check << ": " << finding.text;
  }
}

TEST(BrokerCheckTest, EachStageOfAConnectionIsToldFromTheOthers) {
  struct Row {
    BrokerStage stage;
    const char* check;
    std::size_t passed;  // So many are fine before it.
  };
  for (const Row& row :
       {Row{BrokerStage::reach, "broker.reach", 0}, Row{BrokerStage::trust, "broker.tls", 1},
        Row{BrokerStage::login, "broker.login", 2}, Row{BrokerStage::vhost, "broker.vhost", 3}}) {
    BrokerFacts facts = good();
    facts.fault = "the reason";
    facts.fault_at = row.stage;
    const Findings findings = judge(facts);
    ASSERT_EQ(findings.size(), row.passed + 1) << row.check;
    EXPECT_EQ(findings.back().check, row.check);
    EXPECT_EQ(findings.back().verdict, Verdict::bad);
    EXPECT_FALSE(findings.back().cure.empty());
  }
}

TEST(BrokerCheckTest, WhatBreaksOffLaterLeavesWhatWasSeen) {
  BrokerFacts facts = good();
  facts.fault = "the reason";
  facts.fault_at = BrokerStage::talk;
  const Findings findings = judge(facts);
  expect(facts, "broker.connection", Verdict::bad, "the reason");
  EXPECT_NE(find(findings, "broker.version"), nullptr);
  EXPECT_EQ(find(findings, "queue.permissions"), nullptr) << "unknown is not wrong";
}

TEST(BrokerCheckTest, APasswordInTheClearIsAWarningButNotOnThisMachine) {
  BrokerFacts facts = good();
  facts.encrypted = false;
  expect(facts, "broker.tls", Verdict::warn, "unencrypted");
  facts.on_this_machine = true;
  EXPECT_EQ(find(judge(facts), "broker.tls"), nullptr);
}

TEST(BrokerCheckTest, AnotherProductIsAWarning) {
  BrokerFacts facts = good();
  facts.product = "LavinMQ";
  facts.version = "2.1.0";
  expect(facts, "broker.version", Verdict::warn, "LavinMQ 2.1.0");
}

TEST(BrokerCheckTest, SlowHeartbeatsAreAWarningAndNoneAreBad) {
  BrokerFacts facts = good();
  facts.heartbeat = std::chrono::seconds(30);
  expect(facts, "broker.heartbeat", Verdict::warn, "90 s");
  facts.heartbeat = {};
  expect(facts, "broker.heartbeat", Verdict::bad, "never");
}

TEST(BrokerCheckTest, AnAbsentJobQueueIsBadAndAnAbsentOtherOnlyWhereItCannotBeMade) {
  BrokerFacts facts = good();
  facts.queues[1].there = false;
  expect(facts, "queue.there", Verdict::note, "jobs.dead");
  facts.may_configure = false;
  expect(facts, "queue.there", Verdict::bad, "is not allowed to make it");
  facts.queues[0].there = false;
  expect(facts, "queue.there", Verdict::bad, "no queue jobs");
}

// Limit 3, and a dead-letter exchange that loses everything.
TEST(BrokerCheckTest, TheGuidesQueueIsBadForWhatItLosesAndNotForItsLimit) {
  BrokerFacts facts = good();
  facts.delivery_limit = 3;
  expect(facts, "queue.delivery_limit", Verdict::warn, "more than 3 times");
  EXPECT_FALSE(any_bad(judge(facts)));
  facts.dead_letters = DeadLetterPath::lost;
  facts.dead_letters_detail = "no binding";
  expect(facts, "queue.dead_letters", Verdict::bad, "no binding");
}

TEST(BrokerCheckTest, LostDeadLettersOfAQueueThatSetsNothingAsideAreAWarning) {
  BrokerFacts facts = good();
  facts.dead_letters = DeadLetterPath::lost;
  expect(facts, "queue.dead_letters", Verdict::warn, "");
  facts.dead_letters = DeadLetterPath::untried;
  expect(facts, "queue.dead_letters", Verdict::note, "not tested");
}

TEST(BrokerCheckTest, AShortOrUnknownHoldLimitIsAWarning) {
  BrokerFacts facts = good();
  facts.hold_limit.limit = std::chrono::minutes(30);
  expect(facts, "queue.hold_limit", Verdict::warn, "30 minutes");
  facts.hold_limit.known = HoldLimit::Known::unknown;
  expect(facts, "queue.hold_limit", Verdict::warn, "does not show");
  facts.hold_limit.known = HoldLimit::Known::none;
  expect(facts, "queue.hold_limit", Verdict::ok, "as long as it runs");
  facts.hold_limit.known = HoldLimit::Known::as_we_wish;
  expect(facts, "queue.hold_limit", Verdict::ok, "as long as it runs");
}

TEST(BrokerCheckTest, AMissingPermissionIsBadWhereAWorkerNeedsIt) {
  BrokerFacts facts = good();
  facts.may_configure = false;
  expect(facts, "queue.permissions", Verdict::warn, "may not make");
  facts = good();
  facts.may_read = false;
  expect(facts, "queue.permissions", Verdict::bad, "may not read");
  facts = good();
  facts.may_write = false;
  expect(facts, "queue.permissions", Verdict::bad, "may not publish");
}

TEST(BrokerCheckTest, DifferencesAndASilentManagementInterfaceDoNotFail) {
  BrokerFacts facts = good();
  facts.queues[0].differences = {"x-overflow is not set"};
  facts.management_tells = false;
  expect(facts, "queue.arguments", Verdict::warn, "jobs: x-overflow");
  expect(facts, "broker.management", Verdict::note, "status");
  EXPECT_FALSE(any_bad(judge(facts)));
}

}  // namespace
}  // namespace holdfast
