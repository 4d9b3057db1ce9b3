#include "tasklog/log_reader.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"

namespace holdfast {
namespace {

class LogReaderTest : public testing::Test {
 protected:
  void put(std::uint64_t first, const std::string& text, std::int64_t milliseconds = 0) {
    const std::string object = to_object({first, text, {{0, milliseconds}}});
    put_object(layout_.log_segment({1}, first), object);
  }
  void put_object(const std::string& key, const std::string& object) {
    memory_.put(key, object, sha256(object), TimePoint::max());
  }
  // As lines, [N] for so many bytes that are left out, and ~ behind one that has no end.
  LogVisitor into(std::string& text) {
    return [&text](const LogLine& line) {
      if (line.left_out_bytes > 0) {
        text += "[" + std::to_string(line.left_out_bytes) + "]";
      } else {
        text += line.text + (line.whole ? "|" : "~");
      }
    };
  }
  std::string read(LogFollower& follower) {
    std::string text;
    follower.read(into(text));
    return text;
  }

  const JobId job_ = *JobId::parse("a");
  const StoreLayout layout_{job_};
  ManualClock clock_;
  MemoryStore memory_;
  const LogReader reader_{memory_, clock_, job_};
};

TEST_F(LogReaderTest, AFollowerSeesWhatIsNewAndEachLineOnce) {
  LogFollower follower(reader_, {1});
  EXPECT_EQ(read(follower), "");
  put(0, "one\ntw");
  EXPECT_EQ(read(follower), "one|");
  EXPECT_EQ(read(follower), "");
  put(0, "one\ntwo\nthree");
  EXPECT_EQ(read(follower), "two|");
  put(13, "!\nfour\n");
  put(100, "on of a line\nlast");
  EXPECT_EQ(read(follower), "three!|four|[80]on of a line|");
  memory_.remove(layout_.log_segment({1}, 13), TimePoint::max());
  put(100, "on of a line\nlast one");
  std::string rest;
  EXPECT_EQ(read(follower), "");
  follower.finish(into(rest));
  EXPECT_EQ(rest, "last one~");
}

TEST_F(LogReaderTest, ALineHasTheTimeOfItsBeginning) {
  put_object(layout_.log_segment({1}, 0),
             to_object({0, "a\nbc\nd\n", {{0, 1000}, {3, 2000}, {5, 3000}}}));
  LogFollower follower(reader_, {1});
  std::vector<std::int64_t> times;
  follower.read([&](const LogLine& line) { times.push_back(*line.milliseconds); });
  EXPECT_EQ(times, (std::vector<std::int64_t>{1000, 1000, 3000}));
}

TEST_F(LogReaderTest, TheLastLinesAreFoundWithoutTheOthers) {
  put(0, "1\n2\n3\n");
  put(6, "4\n5\n");
  const auto end = end_of_log(memory_, clock_, job_, {3}, 3);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->attempt.value, 1u);
  EXPECT_EQ(end->lines, (std::vector<std::string>{"3", "4", "5"}));
  EXPECT_FALSE(end->whole);
  EXPECT_TRUE(end_of_log(memory_, clock_, job_, {1}, 5)->whole);
  EXPECT_FALSE(end_of_log(memory_, clock_, job_, {9}, 5));
  LogFollower follower(reader_, {1});
  follower.skip_to_last(1);
  EXPECT_EQ(read(follower), "4|5|");
}

TEST_F(LogReaderTest, ADamagedPartIsLeftOutAndTheOthersAreShown) {
  put(0, "1\n");
  put(2, "2\n");
  put(4, "3\n");
  put_object(layout_.log_segment({1}, 2), "rubbish");
  LogFollower follower(reader_, {1});
  EXPECT_EQ(read(follower), "1|[2]3|");
  EXPECT_EQ(follower.damaged_parts(), 1u);
}

TEST_F(LogReaderTest, WhatEarlierVersionsStoredIsRead) {
  put_object(layout_.old_log_so_far({1}), "so far");
  LogFollower before(reader_, {1});
  std::string rest;
  EXPECT_EQ(read(before), "");
  before.finish(into(rest));
  EXPECT_EQ(rest, "so far~");
  EXPECT_FALSE(reader_.ended({1}));
  put_object(layout_.old_log({1}), "so far\nand the end\n");
  LogFollower after(reader_, {1});
  EXPECT_EQ(read(after), "so far|and the end|");
  EXPECT_TRUE(reader_.ended({1}));
}

TEST_F(LogReaderTest, ALineWithoutEndIsGivenInPieces) {
  put(0, std::string(kLogSegmentBytesMax, 'x'));
  put(kLogSegmentBytesMax, "yz\n");
  LogFollower follower(reader_, {1});
  std::vector<std::size_t> sizes;
  follower.read([&](const LogLine& line) { sizes.push_back(line.text.size()); });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{LogLines::kLineBytesMax, 2}));
}

}  // namespace
}  // namespace holdfast
