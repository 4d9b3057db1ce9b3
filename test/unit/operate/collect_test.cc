#include "operate/collect.h"

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/output_list.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/thrown.h"
#include "joblog/job_log.h"
#include "ports/forwarding_store.h"
#include "results/stored_outputs.h"

namespace holdfast {
namespace {

class CollectTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  CollectTest() { fill(); }

  // Attempt 1 was lost half-way, attempt 2 runs.
  void fill() {
    for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
    JobLog log(memory_, clock_, id_);
    const auto claim = [&](const std::string& attempt) {
      return [attempt](const std::optional<Record>& newest) {
        return claimed(newest, {attempt, "worker", "message"});
      };
    };
    EXPECT_EQ(log.append_as_claimant(claim("one"), kSoon), AppendOutcome::appended);
    EXPECT_EQ(log.append_as_claimant(claim("two"), kSoon), AppendOutcome::appended);
    put(layout_.chunk({1}, "chunk"));
    put(layout_.chunk({2}, "chunk"));
    put(layout_.manifest({2}, {1}, std::string(64, 'a')));
    put(layout_.log_segment({2}, 0));
    put(layout_.attempt_output({1}, "half"));
    for (const char* name : {"a", "sub/b"}) put(layout_.attempt_output({2}, name));
    put(layout_.output("foreign"));
  }

  void put(const std::string& key) { memory_.put(key, key, sha256(key), kSoon); }

  void complete() {
    OutputList list;
    for (const char* name : {"a", "sub/b"}) {
      const std::string bytes = layout_.attempt_output({2}, name);
      Output output;
      output.path = name;
      output.size_bytes = bytes.size();
      output.digest = sha256(bytes).hex();
      list.outputs.push_back(output);
      memory_.put(layout_.output(name), bytes, sha256(bytes), kSoon);
    }
    const std::string bytes = to_json(list);
    memory_.put(layout_.attempt_outputs_manifest({2}), bytes, sha256(bytes), kSoon);
    const auto done = [&](const std::optional<Record>& newest) {
      return completed(
          *newest, sha256(bytes).hex(), {},
          {newest->attempt, Ending::finished, "worker", "finished", "2026-01-31T00:00:00Z"});
    };
    append(done);
  }

  void append(const JobLog::Step& step) {
    JobLog log(memory_, clock_, id_);
    log.read(kSoon);
    EXPECT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }

  std::optional<Collected> collect(Keep keep, Collecting how = Collecting::remove) {
    return collect_job(store_, clock_, id_, newest(), keep, how, "person", {});
  }
  Record newest() { return *JobLog(memory_, clock_, id_).read(kSoon); }
  // But for the log.
  std::vector<std::string> left() {
    std::vector<std::string> keys = memory_.keys();
    std::erase_if(keys,
                  [&](const std::string& key) { return key.starts_with(layout_.log_prefix()); });
    return keys;
  }
  std::uint64_t outputs_of_newest() {
    const Record record = newest();
    return StoredOutputs(memory_, clock_, layout_, record.attempt, record.outputs_digest).count();
  }

  const JobId id_ = *JobId::parse("job");
  const StoreLayout layout_{id_};
  MemoryStore memory_;
  FaultyStore store_{memory_};
  ManualClock clock_;
};

using Keys = std::vector<std::string>;

TEST_F(CollectTest, ResultsStayAndAreStillVerified) {
  complete();
  const auto went = collect(Keep::results);
  ASSERT_TRUE(went);
  EXPECT_EQ(went->objects, 6u);
  EXPECT_EQ(left(),
            (Keys{layout_.log_segment({2}, 0), layout_.attempt_outputs_manifest({2}),
                  layout_.output("a"), layout_.output("foreign"), layout_.output("sub/b")}));
  EXPECT_EQ(outputs_of_newest(), 2u);
  EXPECT_EQ(collect(Keep::results)->objects, 0u);
}

TEST_F(CollectTest, ACopyStaysWhoseResultIsNotWhole) {
  complete();
  memory_.put(layout_.output("a"), "else", sha256("else"), kSoon);
  EXPECT_EQ(collect(Keep::results)->objects, 5u);
  EXPECT_TRUE(memory_.get(layout_.attempt_output({2}, "a"), 100, kSoon));
}

TEST_F(CollectTest, WithoutItsResultTheJobIsStillCompletedAndNothingIsMissing) {
  complete();
  ASSERT_TRUE(collect(Keep::log));
  const Record record = newest();
  EXPECT_EQ(record.state, JobState::completed);
  EXPECT_EQ(record.by, "person");
  EXPECT_EQ(record.attempt.value, 3u);
  EXPECT_TRUE(record.checkpoints.empty());
  EXPECT_EQ(outputs_of_newest(), 0u);
  EXPECT_EQ(left(), (Keys{layout_.log_segment({2}, 0), layout_.attempt_outputs_manifest({3}),
                          layout_.output("foreign")}));
  ASSERT_TRUE(collect(Keep::nothing));
  EXPECT_EQ(left(), (Keys{layout_.attempt_outputs_manifest({3}), layout_.output("foreign")}));
  EXPECT_EQ(newest().number, record.number);
}

TEST_F(CollectTest, WhatWouldGoIsWhatGoes) {
  complete();
  for (const Keep keep : {Keep::results, Keep::log, Keep::nothing}) {
    const auto before = memory_.keys();
    const auto plan = collect(keep, Collecting::only_count);
    EXPECT_EQ(memory_.keys(), before);
    const auto went = collect(keep);
    EXPECT_EQ(plan->objects, went->objects);
    EXPECT_EQ(plan->bytes, went->bytes);
  }
}

TEST_F(CollectTest, AJobThatGoesOnIsLeftAlone) {
  const auto before = memory_.keys();
  EXPECT_FALSE(collect(Keep::nothing));
  EXPECT_EQ(memory_.keys(), before);
}

TEST_F(CollectTest, AJobThatWasBroughtBackMeanwhileIsLeftAlone) {
  const auto end = [](const std::optional<Record>& record) { return cancelled(record, "p", "w"); };
  append(end);
  const Record seen = newest();
  const auto back = [](const std::optional<Record>& record) { return redriven(*record, "p", "w"); };
  append(back);
  const auto before = memory_.keys();
  EXPECT_FALSE(collect_job(store_, clock_, id_, seen, Keep::nothing, Collecting::remove, "p", {}));
  EXPECT_EQ(memory_.keys(), before);
}

// Between the look at the log and that at what is stored, a person brings the job back.
class BroughtBackAtTheFirstLook final : public ForwardingStore {
 public:
  BroughtBackAtTheFirstLook(Store& inner, std::string prefix, std::function<void()> bring_back)
      : ForwardingStore(inner), prefix_(std::move(prefix)), bring_back_(std::move(bring_back)) {}

  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override {
    if (prefix == prefix_ && !std::exchange(done_, true)) bring_back_();
    return ForwardingStore::list(prefix, after, count_max, deadline);
  }

 private:
  const std::string prefix_;
  const std::function<void()> bring_back_;
  bool done_ = false;
};

TEST_F(CollectTest, WhatALaterAttemptHasStoredMeanwhileStays) {
  append([](const std::optional<Record>& record) { return cancelled(record, "p", "w"); });
  const Keys later = {layout_.chunk({3}, "chunk"), layout_.manifest({3}, {2}, std::string(64, 'b')),
                      layout_.attempt_output({3}, "a")};
  BroughtBackAtTheFirstLook store(memory_, layout_.manifests_prefix(), [&] {
    append([](const std::optional<Record>& record) { return redriven(*record, "p", "w"); });
    append([](const std::optional<Record>& record) {
      return claimed(record, {"three", "worker", "message"});
    });
    for (const std::string& key : later) put(key);
  });
  EXPECT_TRUE(
      collect_job(store, clock_, id_, newest(), Keep::nothing, Collecting::remove, "person", {}));
  for (const std::string& key : later) EXPECT_TRUE(memory_.get(key, 1000, kSoon)) << key;
  EXPECT_FALSE(memory_.get(layout_.chunk({2}, "chunk"), 1000, kSoon));
}

TEST_F(CollectTest, BrokenOffAtAnyRequestTheRestGoesWithTheNextCall) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t request = 0;; ++request) {
      ASSERT_LT(request, 200u);
      fill();
      complete();
      store_.plan(request, fault);
      static_cast<void>(kind_thrown_by([&] { collect(Keep::nothing); }));
      const bool met = !store_.pending();
      // At no moment does the newest record promise what is not there.
      EXPECT_EQ(newest().state, JobState::completed);
      EXPECT_NO_THROW(outputs_of_newest()) << request;
      store_.plan(1000, fault);
      EXPECT_TRUE(collect(Keep::nothing));
      EXPECT_EQ(left(), (Keys{layout_.attempt_outputs_manifest({3}), layout_.output("foreign")}))
          << request;
      if (!met) break;
    }
  }
}

}  // namespace
}  // namespace holdfast
