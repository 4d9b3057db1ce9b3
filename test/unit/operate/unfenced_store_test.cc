// Without a fence a log still works as long as nobody writes at the same time, and the window in
// which somebody does is known.
#include "adapters/unfenced/unfenced_store.h"

#include <functional>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "fakes/bad_stores.h"
#include "fakes/memory_store.h"

namespace holdfast {
namespace {

// Another worker writes right before ours does.
class RivalStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override {
    inner_.put(key, bytes, digest, deadline);
    if (after_put) after_put(key);
  }
  std::function<void(const std::string& key)> after_put;
};

class UnfencedStoreTest : public testing::Test {
 protected:
  TimePoint soon() const { return clock_.now() + std::chrono::seconds(5); }

  SystemClock clock_;
  MemoryStore memory_;
  UnknowingStore inner_{memory_};
  UnfencedStore store_{inner_};
};

TEST_F(UnfencedStoreTest, CreatesWhatIsAbsentAndLeavesWhatIsThere) {
  EXPECT_EQ(store_.create("a", "first", soon()), CreateOutcome::created);
  EXPECT_EQ(store_.create("a", "second", soon()), CreateOutcome::exists);
  EXPECT_EQ(memory_.get("a", 100, soon()), "first");
}

TEST_F(UnfencedStoreTest, WhoWasOverwrittenBeforeReadingBackDoesNotBelieveThatItWon) {
  RivalStore rival(inner_);
  rival.after_put = [&](const std::string& key) { memory_.damage(key, "the rival's"); };
  UnfencedStore store(rival);
  EXPECT_EQ(store.create("a", "ours", soon()), CreateOutcome::exists);
}

// What is lost: said in docs/decisions/0014-unfenced-stores.md, and why it must be asked for.
TEST_F(UnfencedStoreTest, WhoOverwritesAfterThatWinsToo) {
  EXPECT_EQ(store_.create("a", "ours", soon()), CreateOutcome::created);
  RivalStore rival(inner_);
  memory_.remove("a", soon());  // As the rival saw it, before we wrote.
  EXPECT_EQ(UnfencedStore(rival).create("a", "the rival's", soon()), CreateOutcome::created);
}

}  // namespace
}  // namespace holdfast
