// What src/ports/dead_letters.h promises, on every queue we have.
#include <algorithm>
#include <vector>

#include "contract/queue_contract.h"

namespace holdfast {

namespace {

constexpr std::chrono::seconds kEnough{20};

Message letter(const std::string& body) {
  Message made;
  made.destination = Destination::dead;
  made.body = body;
  made.message_id = "id-" + body;
  made.headers = {{"holdfast-reason", "failed"}, {"holdfast-error", "exit code 1 — " + body}};
  return made;
}

using Bodies = std::vector<std::string>;

Bodies bodies_of(DeadLetters& letters, TimePoint deadline) {
  Bodies bodies;
  while (const auto one = letters.next(deadline)) bodies.push_back(one->body);
  std::sort(bodies.begin(), bodies.end());
  return bodies;
}

}  // namespace

TEST_P(QueueContractTest, AQueueWithoutDeadLettersHasNoneToShow) {
  EXPECT_EQ(queue_->letters()->next(in(kEnough)), std::nullopt);
}

TEST_P(QueueContractTest, ADeadLetterIsShownAsItWasPublished) {
  publish(letter("a"));
  const auto found = queue_->letters()->next(in(kEnough));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->body, "a");
  EXPECT_EQ(found->message_id, "id-a");
  EXPECT_TRUE(found->whole);
  auto headers = found->headers;
  std::sort(headers.begin(), headers.end());
  EXPECT_EQ(headers, (std::vector<std::pair<std::string, std::string>>{
                         {"holdfast-error", "exit code 1 — a"}, {"holdfast-reason", "failed"}}));
}

TEST_P(QueueContractTest, LookingAtDeadLettersManyTimesLeavesThemAll) {
  const Bodies all{"a", "b", "c", "d", "e"};
  for (const std::string& body : all) publish(letter(body));
  for (int look = 0; look < 6; ++look) {
    EXPECT_EQ(bodies_of(*queue_->letters(), in(kEnough)), all) << "look " << look;
  }
  const auto counts = counts_when([](const QueueCounts& now) { return now.dead == 5U; });
  EXPECT_EQ(counts.dead, 5U);
}

TEST_P(QueueContractTest, ALookThatIsBrokenOffAtTheFirstLetterLeavesThemAll) {
  for (const char* body : {"a", "b", "c"}) publish(letter(body));
  for (int look = 0; look < 6; ++look) {
    EXPECT_NE(queue_->letters()->next(in(kEnough)), std::nullopt) << "look " << look;
  }
  EXPECT_EQ(bodies_of(*queue_->letters(), in(kEnough)), (Bodies{"a", "b", "c"}));
}

TEST_P(QueueContractTest, OnlyTheLetterThatIsRemovedGoes) {
  for (const char* body : {"a", "b", "c"}) publish(letter(body));
  {
    const auto letters = queue_->letters();
    static_cast<void>(letters->next(in(kEnough)));
    ASSERT_EQ(letters->next(in(kEnough))->body, "b");
    letters->remove(in(kEnough));
    EXPECT_EQ(letters->next(in(kEnough))->body, "c");
    EXPECT_EQ(letters->next(in(kEnough)), std::nullopt);
  }
  EXPECT_EQ(bodies_of(*queue_->letters(), in(kEnough)), (Bodies{"a", "c"}));
}

TEST_P(QueueContractTest, MoreLettersThanAreFetchedAtOnceAreEachShownOnce) {
  constexpr int kLetters = 150;
  const auto publisher = queue_->publisher();
  std::vector<std::string> all;
  for (int i = 0; i < kLetters; ++i) {
    all.push_back("letter " + std::to_string(i));
    publisher->send(letter(all.back()), in(kEnough));
  }
  while (publisher->unconfirmed() > 0) static_cast<void>(publisher->take_confirmed(in(kEnough)));
  std::sort(all.begin(), all.end());
  for (int look = 0; look < 3; ++look) {
    EXPECT_EQ(bodies_of(*queue_->letters(), in(kEnough)), all) << "look " << look;
  }
}

TEST_P(QueueContractTest, LettersAreForTheNextOneOnceTheConnectionIsLost) {
  publish(letter("a"));
  const auto letters = queue_->letters();
  ASSERT_NE(letters->next(in(kEnough)), std::nullopt);
  if (!queue_->cut_connections()) return;  // Nothing is held on a queue without connections.
  EXPECT_EQ(bodies_of(*queue_->letters(), in(kEnough)), Bodies{"a"});
}

}  // namespace holdfast
