#include "base/mailbox.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TimePoint in(Duration time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(MailboxTest, ValuesComeOutInTheOrderInWhichTheyWentIn) {
  Mailbox<int> mailbox;
  for (int i = 0; i < 10; ++i) mailbox.post(i);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(mailbox.next(in(1h)), i);
  EXPECT_FALSE(mailbox.take());
}

TEST(MailboxTest, AnEmptyOneAnswersAtTheDeadline) {
  Mailbox<int> mailbox;
  const TimePoint deadline = in(20ms);
  EXPECT_FALSE(mailbox.next(deadline));
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
  EXPECT_FALSE(mailbox.next(TimePoint::min()));
}

TEST(MailboxTest, AValueThatIsThereCountsAlsoAfterTheDeadline) {
  Mailbox<std::string> mailbox;
  mailbox.post("late");
  EXPECT_EQ(mailbox.next(TimePoint::min()), "late");
}

TEST(MailboxTest, NothingIsLostBetweenManyThreadsAndTheirOwner) {
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;  // All together less than a mailbox holds.
  static_assert(kThreads * kEach < Mailbox<int>::kValuesMax);
  Mailbox<int> mailbox;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&mailbox, thread] {
      for (int i = 0; i < kEach; ++i) mailbox.post(thread * kEach + i);
    });
  }
  std::vector<int> last(kThreads, -1);
  for (int count = 0; count < kThreads * kEach; ++count) {
    const std::optional<int> value = mailbox.next(in(1min));
    ASSERT_TRUE(value);
    EXPECT_GT(*value % kEach, last[*value / kEach]);  // Each thread's in its order.
    last[*value / kEach] = *value % kEach;
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(MailboxDeathTest, AFullOneIsABug) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto overfill = [] {
    Mailbox<int> mailbox;
    for (std::size_t i = 0; i <= Mailbox<int>::kValuesMax; ++i) mailbox.post(1);
  };
  EXPECT_DEATH(overfill(), "bug: a mailbox is full");
}

}  // namespace
}  // namespace holdfast
