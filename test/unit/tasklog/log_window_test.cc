#include "tasklog/log_window.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

class LogWindowTest : public testing::Test {
 protected:
  void put(std::uint64_t first, const std::string& text, std::uint64_t attempt = 1) {
    const std::string object = to_object({first, text, {{0, 0}}});
    store_.put(layout_.log_segment({attempt}, first), object, sha256(object), TimePoint::max());
  }
  LogWindow window(std::optional<std::uint64_t> at, std::size_t bytes) const {
    const auto found = log_window(reader_, {1}, at, bytes);
    EXPECT_TRUE(found.has_value());
    return found.value_or(LogWindow{});
  }

  const JobId job_ = *JobId::parse("a");
  const StoreLayout layout_{job_};
  ManualClock clock_;
  MemoryStore store_;
  const LogReader reader_{store_, clock_, job_};
};

TEST_F(LogWindowTest, TheEndIsShownFromTheBeginningOfALine) {
  put(0, "one\ntwo\nthr");
  put(11, "ee\nfour\n");
  const LogWindow end = window(std::nullopt, 9);
  EXPECT_EQ(end.text, "four\n");
  EXPECT_EQ(end.from, 14u);
  EXPECT_EQ(end.to, 19u);
  EXPECT_EQ(end.end, 19u);
  EXPECT_EQ(window(std::nullopt, 100).text, "one\ntwo\nthree\nfour\n");
  EXPECT_FALSE(log_window(reader_, {2}, std::nullopt, 100));
}

TEST_F(LogWindowTest, WindowAfterWindowEachLineIsShownOnce) {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "line " + std::to_string(i) + "\n";
  all += "and one that has no end";
  for (std::uint64_t first = 0; first < all.size(); first += 700)
    put(first, all.substr(first, 700));
  for (const std::size_t bytes : {1u, 30u, 500u, 5000u}) {
    std::string read;
    std::uint64_t at = 0;
    while (at < all.size()) {
      const LogWindow one = window(at, bytes);
      EXPECT_EQ(one.from, at);
      ASSERT_GT(one.to, at);
      read += one.text;
      at = one.to;
    }
    EXPECT_EQ(read, all) << bytes;
  }
}

TEST_F(LogWindowTest, ALineThatIsLongerThanAWindowIsShownInPieces) {
  put(0, std::string(50, 'x'));
  EXPECT_EQ(window(10, 10).text, std::string(10, 'x'));
  EXPECT_EQ(window(10, 10).to, 20u);
}

TEST_F(LogWindowTest, WhatIsLeftOutIsSaid) {
  put(0, "begin\n");
  put(1000, "end\n");
  EXPECT_EQ(window(0, 100).text, "begin\n[holdfast: 994 bytes are left out here]\nend\n");
  EXPECT_EQ(window(500, 100).text, "[holdfast: 501 bytes are left out here]\nend\n");
  EXPECT_EQ(window(5000, 100).text, "");
}

TEST_F(LogWindowTest, AllOfALogIsReadAPartAtATime) {
  put(0, "begin");
  put(1000, "end\n");
  WholeLog log(reader_, {1});
  put(1000, "end\nand more since");
  std::string read;
  for (std::string part = log.next(); !part.empty(); part = log.next()) read += part;
  EXPECT_EQ(read, "begin\n[holdfast: 995 bytes are left out here]\nend\n");
  EXPECT_EQ(read.size(), log.size_bytes());
  WholeLog broken(reader_, {1});
  store_.remove(layout_.log_segment({1}, 1000), TimePoint::max());
  EXPECT_EQ(broken.next(), "begin");
  EXPECT_THROW(broken.next(), Error);
}

TEST_F(LogWindowTest, TheNewestAttemptWithOutputIsFound) {
  put(0, "x", 2);
  EXPECT_EQ(attempt_with_output(reader_, {4}), AttemptNumber{2});
  EXPECT_EQ(attempt_with_output(reader_, {1}), std::nullopt);
}

}  // namespace
}  // namespace holdfast
