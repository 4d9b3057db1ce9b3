// Who holds messages, from what a management interface shows.
#include <map>

#include <gtest/gtest.h>

#include "adapters/amqp/holding_workers.h"

namespace holdfast {
namespace {

std::map<std::string, std::string> pages() {
  return {
      {"/api/whoami", R"({"name":"autoscaler","tags":["monitoring"]})"},
      {"/api/vhosts/a%2Fb/channels",
       R"([{"connection_details":{"name":"c1"},"messages_unacknowledged":1,"consumer_count":0},)"
       R"({"connection_details":{"name":"c2"},"messages_unacknowledged":2,"consumer_count":1},)"
       R"({"connection_details":{"name":"c3"},"messages_unacknowledged":0,"consumer_count":1},)"
       R"({"connection_details":{"name":"c4"},"messages_unacknowledged":1,"consumer_count":1},)"
       R"({"connection_details":{"name":"c5"}},7])"},
      {"/api/vhosts/a%2Fb/connections",
       R"([{"name":"c1","client_properties":{"product":"holdfast","connection_name":"busy"}},)"
       R"({"name":"c2","client_properties":{"product":"holdfast","connection_name":"parks"}},)"
       R"({"name":"c3","client_properties":{"product":"holdfast","connection_name":"idle"}},)"
       R"({"name":"c4","client_properties":{"product":"pika","connection_name":"other"}},)"
       R"({"name":"c5"}])"}};
}

std::optional<std::vector<HoldingWorker>> found(const std::map<std::string, std::string>& pages) {
  const auto fetch = [&](const std::string& path) -> std::optional<std::string> {
    const auto page = pages.find(path);
    if (page == pages.end()) return std::nullopt;
    return page->second;
  };
  return holding_workers(fetch, "a/b");
}

TEST(HoldingWorkers, OneThatHoldsMessagesAndWaitsForMoreIsNotBusyIfItIsOneOfOurs) {
  const auto workers = found(pages());
  ASSERT_TRUE(workers && workers->size() == 3);
  EXPECT_EQ((*workers)[0].id, "busy");
  EXPECT_FALSE((*workers)[0].waits_for_more);
  EXPECT_EQ((*workers)[1].id, "parks");
  EXPECT_TRUE((*workers)[1].waits_for_more);
  EXPECT_EQ((*workers)[2].id, "other");
  EXPECT_FALSE((*workers)[2].waits_for_more);
}

TEST(HoldingWorkers, AConnectionThatIsNotListedMayBeAnybodys) {
  auto some = pages();
  some["/api/vhosts/a%2Fb/connections"] = "[]";
  const auto workers = found(some);
  ASSERT_TRUE(workers && workers->size() == 3);
  for (const HoldingWorker& worker : *workers) {
    EXPECT_EQ(worker.id, "");
    EXPECT_FALSE(worker.waits_for_more);
  }
}

TEST(HoldingWorkers, AUserWhoIsShownItsOwnConnectionsOnlyKnowsNothing) {
  for (const char* tags : {R"(["management"])", R"("management,policymaker")", "7"}) {
    auto some = pages();
    some["/api/whoami"] = R"({"name":"autoscaler","tags":)" + std::string(tags) + "}";
    EXPECT_EQ(found(some).has_value(), false) << tags;
  }
  auto old = pages();
  old["/api/whoami"] = R"({"name":"autoscaler","tags":"management,monitoring"})";
  EXPECT_TRUE(found(old).has_value());
}

TEST(HoldingWorkers, WhatCannotBeFetchedIsUnknown) {
  for (const auto& [path, page] : pages()) {
    auto some = pages();
    some.erase(path);
    EXPECT_FALSE(found(some).has_value()) << path;
    some[path] = "<html>";
    EXPECT_FALSE(found(some).has_value()) << path;
  }
}

}  // namespace
}  // namespace holdfast
