// Changing jobs that nobody has begun: broken off at any step and repeated, each is there with its
// new content, and the message with the former one is void.
#include "operate/revise.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/redrive.h"
#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_letters.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"
#include "joblog/kept_job.h"

namespace holdfast {
namespace {

class ReviseTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  static JobId id(const std::string& text) { return *JobId::parse(text); }
  static std::string body(const std::string& job, int content) {
    return R"({"job_id":")" + job + R"(","x":)" + std::to_string(content) + "}";
  }
  static Job job(const std::string& name, int content) {
    return std::get<Job>(parse_job(body(name, content)));
  }

  void append(const std::string& job, const JobLog::Step& step) {
    JobLog log(memory_, clock_, id(job));
    log.read(kSoon);
    ASSERT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  std::optional<Record> newest(const std::string& job) {
    return JobLog(memory_, clock_, id(job)).read(kSoon);
  }

  std::vector<Revised> change(const std::vector<std::string>& jobs, int from, int to) {
    MemoryPublisher publisher(queues_);
    std::vector<ChangedJob> changed;
    for (const std::string& job : jobs) {
      changed.push_back({id(job), body(job, to), fingerprint(body(job, from))});
    }
    return revise({publisher, store_, clock_},
                  {{{"holdfast-group", "night"}}, "ann@desk", [this] { return next_salt(); }},
                  changed);
  }
  Content content(const std::string& name, int of) {
    return content_of(job(name, of), *newest(name), memory_, kSoon);
  }
  std::string next_salt() { return std::to_string(++salt_); }
  std::size_t messages_with(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(queues_.published.begin(), queues_.published.end(),
                      [&](const Message& message) { return message.body == text; }));
  }

  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  MemoryQueues queues_;
  int salt_ = 0;
};

TEST_F(ReviseTest, TheNewContentCountsAndTheFormerIsVoid) {
  EXPECT_EQ(change({"a"}, 1, 2), std::vector{Revised::changed});
  EXPECT_EQ(content("a", 1), Content::replaced);
  EXPECT_EQ(content("a", 2), Content::same);
  EXPECT_EQ(content("a", 9), Content::other) << "of another list: it must not get lost";
  EXPECT_EQ(read_kept_job(memory_, id("a"), kSoon), body("a", 2));
  EXPECT_EQ(newest("a")->by, "ann@desk");
  ASSERT_EQ(messages_with(body("a", 2)), 1u);
  EXPECT_NE(queues_.published[0].message_id, "a");
  EXPECT_EQ(queues_.published[0].headers.at(0).second, "night");
}

TEST_F(ReviseTest, ItStaysSoThroughAllThatFollows) {
  change({"a"}, 1, 2);
  append("a", [](const auto& r) { return claimed(r, {"id", "pc-1", "m"}); });
  EXPECT_EQ(newest("a")->attempt.value, 1u);
  append("a", [](const auto& r) {
    return completed(*r, std::string(64, 'b'), {}, {r->attempt, Ending::finished, "pc-1", "", ""});
  });
  EXPECT_EQ(content("a", 1), Content::replaced);
  append("a", [](const auto& r) { return rerun(*r, StartFrom::zero, "ann", ""); });
  EXPECT_EQ(content("a", 1), Content::replaced);
  EXPECT_EQ(content("a", 2), Content::same);
}

TEST_F(ReviseTest, ChangedTwiceAndBack) {
  change({"a"}, 1, 2);
  change({"a"}, 2, 3);
  EXPECT_EQ(content("a", 1), Content::replaced);
  EXPECT_EQ(content("a", 2), Content::replaced);
  EXPECT_EQ(content("a", 3), Content::same);
  change({"a"}, 3, 1);
  EXPECT_EQ(content("a", 1), Content::same) << "also by the message of long ago";
  EXPECT_EQ(content("a", 3), Content::replaced);
  EXPECT_EQ(read_kept_job(memory_, id("a"), kSoon), body("a", 1));
}

TEST_F(ReviseTest, ARecordHasRoomForSoManyChangesAndNoMore) {
  int content = 1;
  while (change({"a"}, content, content + 1).at(0) == Revised::changed) ++content;
  EXPECT_GE(content, 6);
  EXPECT_LE(newest("a")->revision.replaced.size(), kReplacedMax);
  EXPECT_EQ(change({"a"}, content, content + 1).at(0), Revised::too_often);
  EXPECT_EQ(read_kept_job(memory_, id("a"), kSoon), body("a", content));
}

TEST_F(ReviseTest, WhatHasBegunOrEndedIsLeftAlone) {
  append("runs", [](const auto& r) { return claimed(r, {"id", "pc-1", "m"}); });
  append("waits", [](const auto& r) { return claimed(r, {"id", "pc-1", "m"}); });
  append("waits", [](const auto& r) {
    return handed_back(*r, {r->attempt, Ending::interrupted, "pc-1", "", ""});
  });
  append("cancelled", [](const auto& r) { return cancelled(r, "ann", ""); });
  EXPECT_EQ(change({"runs", "waits", "cancelled"}, 1, 2),
            (std::vector{Revised::begun, Revised::begun, Revised::ended}));
  EXPECT_TRUE(queues_.published.empty());
}

TEST_F(ReviseTest, BrokenOffAnywhereItCanBeRepeated) {
  // Each job: look for its log, append, keep; then two messages and their confirms.
  for (std::size_t call = 0; call < 6; ++call) {
    for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
      for (const bool at_store : {true, false}) {
        if (!at_store && call >= 3) continue;
        SCOPED_TRACE(std::string(at_store ? "store" : "queue") + ", call " + std::to_string(call));
        queues_ = {};
        for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
        if (at_store) {
          store_.plan(call, fault);
        } else {
          queues_.calls_left = call;
          queues_.fault = fault;
        }
        EXPECT_THROW(change({"a", "b"}, 1, 2), Error);
        for (const char* job : {"a", "b"}) {  // Nobody runs the former content from now on.
          if (newest(job)) {
            EXPECT_EQ(content(job, 1), Content::replaced);
          }
        }
        EXPECT_EQ(change({"a", "b"}, 1, 2), (std::vector{Revised::changed, Revised::changed}));
        for (const char* job : {"a", "b"}) {
          EXPECT_EQ(newest(job)->number, 1u) << "it was changed once";
          EXPECT_EQ(content(job, 2), Content::same);
          EXPECT_GE(messages_with(body(job, 2)), 1u);
        }
      }
    }
  }
}

}  // namespace
}  // namespace holdfast
