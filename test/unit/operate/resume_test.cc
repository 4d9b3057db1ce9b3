// Letting a group go on: broken off at any step and repeated, each of its held jobs is back, and
// none of another group.
#include "operate/resume.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/notice.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_letters.h"
#include "fakes/memory_store.h"
#include "index/group_stops.h"

namespace holdfast {
namespace {

class ResumeTest : public testing::Test {
 protected:
  void start() {
    queues_ = {};
    GroupStops(memory_, clock_, layout_).note_dead("night", "z", 1);
    for (const char* group : {"night", "day", "night"}) {
      const std::string id = group + std::to_string(queues_.letters.size());
      queues_.letters.push_back({id, id, {{kGroupHeader, group}, {"holdfast-reason", ""}}, true});
    }
  }
  ResumeSummary go_on() {
    MemoryLetters letters(queues_);
    MemoryPublisher publisher(queues_);
    return resume(
        {letters, publisher, store_, clock_, layout_}, "night", [] { return false; },
        [this] { return std::to_string(++salt_); });
  }
  std::size_t published(const std::string& body) const {
    return static_cast<std::size_t>(
        std::count_if(queues_.published.begin(), queues_.published.end(),
                      [&](const Message& message) { return message.body == body; }));
  }

  const FleetLayout layout_{"q"};
  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  MemoryQueues queues_;
  int salt_ = 0;
};

TEST_F(ResumeTest, ItsHeldJobsGoBackAndThoseOfOthersStay) {
  start();
  const ResumeSummary done = go_on();
  EXPECT_TRUE(done.had_stopped);
  EXPECT_EQ(done.jobs, 2u);
  ASSERT_EQ(queues_.letters.size(), 1u);
  EXPECT_EQ(queues_.letters.front().body, "day1");
  ASSERT_EQ(queues_.published.size(), 2u);
  const Message& first = queues_.published.front();
  EXPECT_EQ(first.destination, Destination::queue);
  EXPECT_EQ(first.headers,
            (std::vector<std::pair<std::string, std::string>>{{kGroupHeader, "night"}}));
  EXPECT_FALSE(GroupStops(memory_, clock_, layout_).find("night"));
  EXPECT_FALSE(go_on().had_stopped);
}

TEST_F(ResumeTest, BrokenOffAnywhereItCanBeRepeated) {
  for (const bool at_store : {true, false}) {
    // Find, list, remove, remove; or sent, confirmed, removed, for each of the two.
    for (std::size_t call = 0; call < (at_store ? 4U : 6U); ++call) {
      for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
        SCOPED_TRACE(std::string(at_store ? "store" : "queue") + ", call " + std::to_string(call));
        for (const std::string& key : memory_.keys()) memory_.remove(key, clock_.now());
        start();
        if (at_store) {
          store_.plan(call, fault);
        } else {
          queues_.calls_left = call;
          queues_.fault = fault;
        }
        EXPECT_THROW(go_on(), Error);
        go_on();
        EXPECT_GE(published("night0"), 1u);
        EXPECT_GE(published("night2"), 1u);
        EXPECT_EQ(published("day1"), 0u);
        EXPECT_FALSE(GroupStops(memory_, clock_, layout_).find("night"));
      }
    }
  }
}

}  // namespace
}  // namespace holdfast
