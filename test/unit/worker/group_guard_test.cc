// A group stops when so many of its jobs are dead, and holds what has not begun: without ever
// losing a job to a person who lets it go on at the same moment.
#include "index/group_stops.h"
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class GroupGuardTest : public OneWorker {
 protected:
  GroupGuardTest() {
    settings_.stops = layout_;
    settings_.retry.failures_max = 1;
    settings_.command = {"program"};
    settings_.judge_node = false;
    task_ = [this](const TaskSpec&) { in_exit_with(1s, 1); };
  }

  static Delivery of_group(const std::string& job, std::uint64_t tag, const std::string& max = "2",
                           const std::string& group = "night") {
    Delivery delivery = OneWorker::delivery(R"({"job_id":")" + job + "\"}", tag);
    delivery.headers = {{kGroupHeader, group}, {kMaxDeadHeader, max}};
    return delivery;
  }
  GroupStops stops() { return {memory_, clock_, layout_}; }
  std::vector<Message> held() const {
    std::vector<Message> messages;
    for (const Message& message : published_) {
      if (message.destination == Destination::held) messages.push_back(message);
    }
    return messages;
  }
  Settlement of_tag(std::uint64_t tag) const {
    for (const auto& [one, settlement] : settled_) {
      if (one == tag) return settlement;
    }
    ADD_FAILURE() << "not settled";
    return Settlement::hand_back;
  }

  const FleetLayout layout_{"q"};
};

TEST_F(GroupGuardTest, WhatHasNotBegunIsHeldOnceSoManyAreDead) {
  work({of_group("a", 1), of_group("b", 2), of_group("c", 3)});
  EXPECT_EQ(tasks_started_, 2u);
  ASSERT_EQ(held().size(), 1u);
  EXPECT_EQ(held()[0].body, R"({"job_id":"c"})");
  EXPECT_EQ(held()[0].headers, (of_group("c", 3).headers)) << "it must be known when it goes on";
  EXPECT_EQ(of_tag(3), Settlement::complete);
  ASSERT_TRUE(stops().find("night"));
  EXPECT_EQ(stops().find("night")->dead, 2u);
  EXPECT_FALSE(newest("c"));
}

TEST_F(GroupGuardTest, OtherGroupsAndJobsWithoutOneGoOn) {
  work({of_group("a", 1), of_group("b", 2), of_group("c", 3, "2", "day"),
        delivery(R"({"job_id":"d"})", 4)});
  EXPECT_EQ(tasks_started_, 4u);
  EXPECT_TRUE(held().empty());
}

TEST_F(GroupGuardTest, OneThatDiesTwiceCountsOnce) {
  stops().note_dead("night", "a", 2);
  EXPECT_FALSE(stops().note_dead("night", "a", 2));
  EXPECT_TRUE(stops().note_dead("night", "b", 2));
  EXPECT_FALSE(stops().note_dead("night", "c", 2)) << "it is told once";
}

TEST_F(GroupGuardTest, AfterItWentOnItIsCountedFromZero) {
  stops().note_dead("night", "a", 1);
  EXPECT_EQ(stops().all().size(), 1u);
  EXPECT_TRUE(stops().resume("night"));
  EXPECT_FALSE(stops().find("night"));
  EXPECT_FALSE(stops().note_dead("night", "b", 2));
  EXPECT_FALSE(stops().resume("night"));
  EXPECT_EQ(memory_.keys(), std::vector<std::string>{});
}

// Resume lets it go on first, and then brings back what is held: what is stored after that would
// stay there.
TEST_F(GroupGuardTest, ACopyThatMayHaveComeTooLateIsOneTooMany) {
  stops().note_dead("night", "z", 1);
  confirms_ = false;
  in(500ms, [this] {
    stops().resume("night");
    confirms_ = true;
  });
  work({of_group("a", 1)});
  EXPECT_EQ(held().size(), 1u);
  EXPECT_EQ(of_tag(1), Settlement::hand_back);
}

TEST_F(GroupGuardTest, AStoreThatIsAwayStopsNobody) {
  stops().note_dead("night", "z", 1);
  memory_.go_away();
  in(30s, [this] { memory_.come_back(); });
  settings_.stops = layout_;
  work({of_group("a", 1)});
  EXPECT_EQ(tasks_started_ + held().size(), 1u) << "it is one of the two, and not lost";
}

TEST_F(GroupGuardTest, HeadersThatMeanNothingAreIgnored) {
  stops().note_dead("night", "z", 1);
  work({of_group("a", 1, "0"), of_group("b", 2, "x"), of_group("c", 3, "2", "../night")});
  EXPECT_EQ(tasks_started_, 3u);
  EXPECT_TRUE(held().empty());
}

}  // namespace
}  // namespace holdfast
