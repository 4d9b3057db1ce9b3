// What doctor prints: marks, cures, one JSON object; no colours where nobody sees them.
#include "app/finding_output.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

const std::vector<Examined> kSick = {
    {"broker", "amqp://u@h/", {{"broker.reach", Verdict::ok, "answers", "not said"}}},
    {"store",
     "s3://b",
     {{"store.write", Verdict::bad, "AccessDenied \x1b[2J\xff", "give the key more"},
      {"store.speed", Verdict::warn, "slow", "move"}}}};

TEST(FindingOutputTest, CuresStandBelowWhatTheyCure) {
  const std::string text = for_people(kSick, false);
  EXPECT_NE(text.find("  ok    broker.reach  answers\n"), std::string::npos) << text;
  EXPECT_NE(text.find("-> give the key more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("not said"), std::string::npos) << "a cure for what is fine";
  EXPECT_NE(text.find("1 thing is bad, 1 warning\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "a server moved the cursor";
}

TEST(FindingOutputTest, ColoursAreForTerminals) {
  EXPECT_NE(for_people(kSick, true).find("\x1b[31mbad \x1b[0m"), std::string::npos);
}

TEST(FindingOutputTest, JsonSaysTheSame) {
  const auto json = nlohmann::json::parse(to_json(kSick));
  EXPECT_EQ(json.at("healthy"), false);
  EXPECT_EQ(json.at("bad"), 1);
  EXPECT_EQ(json.at("warnings"), 1);
  ASSERT_EQ(json.at("findings").size(), 3u);
  EXPECT_EQ(json.at("findings")[1].at("check"), "store.write");
  EXPECT_EQ(json.at("findings")[1].at("verdict"), "bad");
  EXPECT_EQ(json.at("findings")[1].at("about"), "store");
  EXPECT_EQ(json.at("findings")[1].at("cure"), "give the key more");
}

TEST(FindingOutputTest, WarningsAreHealthy) {
  EXPECT_TRUE(healthy({{"store", "", {{"a", Verdict::warn, "", ""}}}}));
  EXPECT_FALSE(healthy(kSick));
}

}  // namespace
}  // namespace holdfast
