#include "operate/setup.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

class FoundQueues final : public QueueAdmin {
 public:
  explicit FoundQueues(std::vector<SetupFinding> findings) : findings_(std::move(findings)) {}
  std::vector<SetupFinding> setup(TimePoint) override { return findings_; }
  QueueCounts counts(TimePoint) override { return {}; }
  std::optional<std::uint64_t> delivery_limit(TimePoint) override { return std::nullopt; }
  std::vector<std::string> losses(TimePoint) override { return {}; }

 private:
  std::vector<SetupFinding> findings_;
};

TEST(Setup, QueuesThatAreMadeOrAsWantedAreFine) {
  FoundQueues admin({{"jobs", SetupFinding::Outcome::created, {}},
                     {"jobs.dead", SetupFinding::Outcome::as_wanted, {}}});
  const SetupReport report = set_up_queues(admin, {});
  EXPECT_FALSE(report.differs);
  EXPECT_EQ(report.lines.size(), 2u);
}

TEST(Setup, WhatDiffersIsSaidWithItsCure) {
  FoundQueues admin({{"jobs", SetupFinding::Outcome::different, {"the limit is 3, not 1000000"}}});
  const SetupReport report = set_up_queues(admin, {});
  EXPECT_TRUE(report.differs);
  std::string text;
  for (const std::string& line : report.lines) text += line + "\n";
  EXPECT_NE(text.find("the limit is 3"), std::string::npos) << text;
  EXPECT_NE(text.find("delete"), std::string::npos) << text;
}

}  // namespace
}  // namespace holdfast
