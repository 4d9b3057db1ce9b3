#include "operate/upload_sweep.h"

#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <type_traits>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/job_input.h"
#include "core/transition.h"
#include "core/upload_layout.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/thrown.h"
#include "joblog/job_log.h"
#include "ports/forwarding_store.h"

namespace holdfast {
namespace {

constexpr TimePoint kSoon{std::chrono::hours(2)};
constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kEndedSeconds = 100'000;
const char* const kEnded = "1970-01-02T03:46:40Z";
const std::string kBytes = "an input";
const std::string kDigest = sha256(kBytes).hex();

// A store whose calls are carried out one by one, as a test allows them.
class SteppedStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  // Until `calls` more are done, or whoever makes them has ended.
  void allow(int calls) {
    std::unique_lock lock(mutex_);
    allowed_ += calls;
    changed_.notify_all();
    changed_.wait(lock, [this] { return ended_ || allowed_ == 0; });
  }
  void end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  int calls() const { return calls_; }

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override {
    return step([&] { return inner_.get(key, size_bytes_max, deadline); });
  }
  CreateOutcome create(const std::string& key, std::string_view bytes,
                       TimePoint deadline) override {
    return step([&] { return inner_.create(key, bytes, deadline); });
  }
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override {
    step([&] { return inner_.put(key, bytes, digest, deadline), 0; });
  }
  Holding holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                TimePoint deadline) override {
    return step([&] { return inner_.holds(key, size_bytes, digest, deadline); });
  }
  void remove(const std::string& key, TimePoint deadline) override {
    step([&] {
      if (late_removals) {
        late.push_back(key);
      } else {
        inner_.remove(key, deadline);
      }
      return 0;
    });
  }
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override {
    return step([&] { return inner_.list(prefix, after, count_max, deadline); });
  }

  bool late_removals = false;  // They are answered, and carried out by the test.
  std::vector<std::string> late;

 private:
  template <typename Call>
  std::invoke_result_t<Call> step(const Call& call) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return allowed_ > 0; });
    auto answer = call();
    allowed_ -= 1;
    calls_ += 1;
    changed_.notify_all();
    return answer;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int allowed_ = 0;
  int calls_ = 0;
  bool ended_ = false;
};

class UploadSweepTest : public testing::Test {
 protected:
  // As submit does: `jobs` name the file, then it is sent unless a copy is there.
  void submit(Store& store, const std::set<std::string>& jobs, const std::string& group = "g") {
    Uploads uploads(store, clock_);
    uploads.name(group, [&](const Uploads::Say& say) {
      for (const std::string& job : jobs) say(job, {file_});
    });
    const auto copies = uploads.live_copies();
    const auto copy = copies.find(file_);
    const std::string key = upload_copy_key({file_, copy == copies.end() ? 1 : copy->second});
    const auto digest = sha256(kBytes);
    if (store.holds(key, kBytes.size(), digest, kSoon) == Holding::equal) return;
    store.put(key, kBytes, digest, kSoon);
  }

  void append(const std::string& job, const JobLog::Step& step) {
    JobLog log(memory_, clock_, *JobId::parse(job));
    log.read(kSoon);
    EXPECT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  void claim(const std::string& job) {
    append(job, [](const auto& newest) { return claimed(newest, {"one", "worker", "message"}); });
  }
  void finish(const std::string& job) {
    append(job, [](const auto& newest) {
      return completed(*newest, std::string(64, 'a'), {},
                       {newest->attempt, Ending::finished, "worker", "finished", kEnded});
    });
  }
  void complete(const std::string& job) {
    claim(job);
    finish(job);
  }
  void forget(const std::string& job) {
    append(job, [](const auto& newest) { return forgotten(newest, "person", kEnded); });
  }

  SweepWishes nothing_kept_of(const std::set<std::string>& jobs) const {
    SweepWishes wishes;
    wishes.before = kAnyTime;
    for (const std::string& job : jobs) wishes.released.emplace(job, JobState::completed);
    return wishes;
  }
  std::uint64_t sweep(const SweepWishes& wishes) {
    return UploadSweep(memory_, clock_, wishes).remove({}).files;
  }
  // The copies that are there: a worker takes the first one that it finds.
  std::vector<std::string> copies() {
    std::vector<std::string> keys = memory_.keys();
    std::erase_if(keys, [](const auto& key) { return !upload_copy_at(key, kUploadsPrefix); });
    return keys;
  }

  const std::string file_ = kDigest + ".txt";
  MemoryStore memory_;
  ManualClock clock_;
};

TEST_F(UploadSweepTest, WhatAJobNamesStaysUntilNothingOfTheJobIsKept) {
  submit(memory_, {"a", "b"});
  complete("a");
  // Nobody has begun b.
  EXPECT_EQ(sweep(nothing_kept_of({"a", "b"})), 0u);
  claim("b");
  EXPECT_EQ(sweep(nothing_kept_of({"a", "b"})), 0u);
  finish("b");
  EXPECT_EQ(sweep(nothing_kept_of({"a"})), 0u);
  EXPECT_EQ(sweep(nothing_kept_of({"a", "b"})), 1u);
  EXPECT_TRUE(copies().empty());
  EXPECT_TRUE(Uploads(memory_, clock_).notes({}).empty());
}

TEST_F(UploadSweepTest, AnotherQueuesSubmissionOfTheSameFileKeepsIt) {
  submit(memory_, {"a"});
  submit(memory_, {"of-another-queue"}, "other");
  complete("a");
  EXPECT_EQ(sweep(nothing_kept_of({"a"})), 0u);
  EXPECT_EQ(copies().size(), 1u);
}

TEST_F(UploadSweepTest, AForgottenJobNeedsNothing) {
  submit(memory_, {"a", "b"});
  complete("a");
  forget("a");
  EXPECT_EQ(sweep(nothing_kept_of({})), 0u);
  forget("b");
  EXPECT_EQ(sweep(nothing_kept_of({})), 1u);
}

TEST_F(UploadSweepTest, WhatEndedOrWasSubmittedLateStays) {
  complete("a");
  clock_.advance(std::chrono::seconds(50'000));
  submit(memory_, {"a"});
  const auto submitted = clock_.wall().time_since_epoch() / std::chrono::seconds(1);
  ASSERT_GT(submitted, kEndedSeconds);
  SweepWishes wishes = nothing_kept_of({"a"});
  wishes.before = submitted - 1;
  EXPECT_EQ(sweep(wishes), 0u) << "it was submitted later";
  wishes.before = submitted;
  EXPECT_EQ(sweep(wishes), 1u);
  submit(memory_, {"b"});
  clock_.advance(std::chrono::hours(-10));
  complete("b");
  wishes = nothing_kept_of({"b"});
  wishes.before = kEndedSeconds - 1;
  EXPECT_EQ(sweep(wishes), 0u) << "it ended later";
}

TEST_F(UploadSweepTest, AJobThatIsRunAgainSinceThePlanKeepsItsInput) {
  submit(memory_, {"a"});
  complete("a");
  UploadSweep sweep(memory_, clock_, nothing_kept_of({"a"}));
  EXPECT_EQ(sweep.plan().files, 1u);
  append("a", [](const auto& newest) { return rerun(*newest, StartFrom::zero, "person", kEnded); });
  EXPECT_EQ(sweep.remove({}).files, 0u);
  EXPECT_EQ(copies().size(), 1u);
}

TEST_F(UploadSweepTest, WhatNobodyHasNotedStays) {
  memory_.put(uploaded_input_key(kDigest, "x.txt"), kBytes, sha256(kBytes), kSoon);
  EXPECT_EQ(sweep(nothing_kept_of({"a"})), 0u);
  const UploadsUsage usage = UploadSweep(memory_, clock_, nothing_kept_of({})).usage();
  EXPECT_EQ(usage.unnamed.files, 1u);
  EXPECT_EQ(usage.unneeded.files, 0u);
}

TEST_F(UploadSweepTest, ADamagedNoteKeepsEverything) {
  submit(memory_, {"a"});
  complete("a");
  memory_.put(upload_note_key(1, "x"), "nonsense", sha256("nonsense"), kSoon);
  EXPECT_EQ(kind_thrown_by([&] { sweep(nothing_kept_of({"a"})); }), ErrorKind::corrupt);
  EXPECT_EQ(copies().size(), 1u);
}

TEST_F(UploadSweepTest, UsageIsCountedOnceAndForEachGroup) {
  submit(memory_, {"a"}, "one");
  submit(memory_, {"b"}, "two");
  UploadsUsage usage = UploadSweep(memory_, clock_, nothing_kept_of({})).usage();
  EXPECT_EQ(usage.all.bytes, kBytes.size());
  EXPECT_EQ(usage.by_group.at("one").bytes, kBytes.size());
  EXPECT_EQ(usage.by_group.at("two").bytes, kBytes.size());
  EXPECT_EQ(usage.unneeded.files, 0u);
  forget("a");
  forget("b");
  usage = UploadSweep(memory_, clock_, nothing_kept_of({})).usage();
  EXPECT_EQ(usage.unneeded.files, 1u);
}

TEST_F(UploadSweepTest, BrokenOffAtAnyCallTheRestGoesWithTheNextOne) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t calls = 0;; ++calls) {
      for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
      submit(memory_, {"a"});
      submit(memory_, {"b"});
      complete("a");
      complete("b");
      FaultyStore faulty(memory_);
      faulty.plan(calls, fault);
      const SweepWishes wishes = nothing_kept_of({"a", "b"});
      try {
        UploadSweep(faulty, clock_, wishes).remove({});
      } catch (const Error&) {
      }
      if (faulty.pending()) break;
      UploadSweep(memory_, clock_, wishes).remove({});
      EXPECT_TRUE(copies().empty()) << calls;
      EXPECT_TRUE(Uploads(memory_, clock_).notes({}).empty()) << calls;
      // Sent again, it is there for the next job.
      submit(memory_, {"c"});
      EXPECT_EQ(copies(), (std::vector<std::string>{upload_copy_key({file_, 2})}));
    }
  }
}

// gc meets a submission that finds the file there and relies on it: each is stopped after each of
// its calls, the other goes on, and both end. Also with removals that the store carries out last.
TEST_F(UploadSweepTest, HoweverASubmissionAndASweepMeetTheNewJobHasItsFile) {
  const auto meet = [this](int sweep_first, int submit_first, bool sweep_begins, bool late) {
    for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
    submit(memory_, {"old"});
    complete("old");
    SteppedStore sweeps(memory_);
    SteppedStore submits(memory_);
    sweeps.late_removals = late;
    std::jthread sweeper([&] {
      UploadSweep(sweeps, clock_, nothing_kept_of({"old"})).remove({});
      sweeps.end();
    });
    std::jthread submitter([&] {
      submit(submits, {"new"});
      submits.end();
    });
    constexpr int kAll = 1000;
    if (sweep_begins) {
      if (sweep_first > 0) sweeps.allow(sweep_first);
      if (submit_first > 0) submits.allow(submit_first);
      sweeps.allow(kAll);
      submits.allow(kAll);
    } else {
      if (submit_first > 0) submits.allow(submit_first);
      if (sweep_first > 0) sweeps.allow(sweep_first);
      submits.allow(kAll);
      sweeps.allow(kAll);
    }
    sweeper.join();
    submitter.join();
    for (const std::string& key : sweeps.late) memory_.remove(key, kSoon);
    EXPECT_FALSE(copies().empty())
        << sweep_first << " " << submit_first << " " << sweep_begins << late;
    return std::pair(sweeps.calls(), submits.calls());
  };
  const auto [sweep_calls, submit_calls] = meet(1000, 1000, true, false);
  ASSERT_GT(sweep_calls, 8);
  ASSERT_GE(submit_calls, 4);
  for (int sweep_first = 0; sweep_first <= sweep_calls; ++sweep_first) {
    for (int submit_first = 0; submit_first <= submit_calls; ++submit_first) {
      for (const bool sweep_begins : {true, false}) {
        for (const bool late : {true, false}) meet(sweep_first, submit_first, sweep_begins, late);
      }
    }
  }
}

}  // namespace
}  // namespace holdfast
