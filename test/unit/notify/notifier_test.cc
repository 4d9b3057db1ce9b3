#include "notify/notifier.h"

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "holdfast/error.h"
#include "index/job_groups.h"
#include "joblog/job_log.h"
#include "notify/missed.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

// Keeps what arrives; can be away, or refuse for good. Any thread.
class Receiver final : public NoticeSender {
 public:
  void send(const Notice& notice, const NotifyTarget& target, NamedBy by, TimePoint) override {
    std::string what;
    state_.with([&](State& state) {
      state.tries += 1;
      if (state.refuses) what = "refused";
      if (state.away) what = "away";
      if (what.empty()) {
        state.got.push_back(notice.id);
        state.by = by;
        state.to = target.text;
      }
    });
    if (what == "refused") throw Error(ErrorKind::rejected, what);
    if (what == "away") throw Error(ErrorKind::unavailable, what);
  }

  void be_away(bool away) {
    state_.with([&](State& state) { state.away = away; });
  }
  void refuse() {
    state_.with([&](State& state) { state.refuses = true; });
  }
  std::vector<std::string> got() {
    std::vector<std::string> got;
    state_.with([&](State& state) { got = state.got; });
    return got;
  }
  std::size_t tries() {
    std::size_t tries = 0;
    state_.with([&](State& state) { tries = state.tries; });
    return tries;
  }

 private:
  struct State {
    std::vector<std::string> got;
    std::size_t tries = 0;
    bool away = false;
    bool refuses = false;
    NamedBy by = NamedBy::us;
    std::string to;
  };
  Locked<State> state_;
};

using Ids = std::vector<std::string>;

class NotifyTest : public ::testing::Test {
 protected:
  const NotifyTarget url_{NotifyTarget::Kind::url, "https://a.example/x"};
  const NotifyTarget command_{NotifyTarget::Kind::command, "true"};

  TimePoint soon() const { return clock_.now() + 5s; }

  void claim(const std::string& job) {
    JobLog log(store_, clock_, *JobId::parse(job));
    log.read(soon());
    const auto step = [](const auto& newest) { return claimed(newest, {"a1", "pc", "m"}); };
    ASSERT_EQ(log.append_as_claimant(step, soon()), AppendOutcome::appended);
  }

  JobEnd end(const std::string& job, const std::string& group = "g") {
    JobLog log(store_, clock_, *JobId::parse(job));
    log.read(soon());
    const auto step = [](const auto& newest) {
      return completed(*newest, sha256("x").hex(), {},
                       {{1}, Ending::finished, "pc", "finished", "", 3});
    };
    EXPECT_EQ(log.append_as_owner("a1", step, soon()), AppendOutcome::appended);
    return job_end(*JobId::parse(job), group, *log.newest());
  }

  Ids sent_to(const NotifyTarget& target) {
    const auto names = ledger_.all_sent(id_of(target));
    return {names.begin(), names.end()};
  }

  MissedSummary missed(MissedWishes wishes = {}) {
    return send_missed(store_, clock_, layout_, receiver_, wishes);
  }

  MemoryStore store_;
  SystemClock clock_;
  const FleetLayout layout_{"jobs"};
  NotifyLedger ledger_{store_, clock_, layout_};
  JobGroups groups_{store_, clock_, layout_};
  Receiver receiver_;
};

TEST_F(NotifyTest, AJobThatNobodyAsksForCostsNoRequest) {
  claim("a");
  const JobEnd ended = end("a");
  const std::size_t before = store_.calls(MemoryStore::Call::get) +
                             store_.calls(MemoryStore::Call::list) +
                             store_.calls(MemoryStore::Call::put);
  Notifier notifier(store_, clock_, layout_, receiver_, {});
  notifier.tell(ended, false, true);
  EXPECT_EQ(notifier.finish(), 0u);
  EXPECT_EQ(store_.calls(MemoryStore::Call::get) + store_.calls(MemoryStore::Call::list) +
                store_.calls(MemoryStore::Call::put),
            before);
  EXPECT_EQ(receiver_.tries(), 0u);
}

TEST_F(NotifyTest, TheWishOfASubmissionIsFoundByTheGroup) {
  groups_.add("g", {"a", "b"});
  ledger_.wish("g", url_, clock_.wall());
  ledger_.wish("g", command_, clock_.wall());
  claim("a");
  claim("b");
  {
    Notifier notifier(store_, clock_, layout_, receiver_, {});
    notifier.tell(end("a"), true, true);
  }
  EXPECT_EQ(receiver_.got(), Ids{"a/2"}) << "no command of a submitter, and the group goes on";
  {
    Notifier notifier(store_, clock_, layout_, receiver_, {});
    notifier.tell(end("b"), true, true);
  }
  ASSERT_EQ(receiver_.got().size(), 3u);
  EXPECT_EQ(receiver_.got()[1], "b/2");
  EXPECT_TRUE(receiver_.got()[2].starts_with("group/g/"));
  EXPECT_EQ(sent_to(url_).size(), 3u);
  EXPECT_TRUE(sent_to(command_).empty());
}

TEST_F(NotifyTest, AWishThatIsTakenBackForOneJobStandsForTheOthers) {
  groups_.add("g", {"a", "b", "c", "open"});
  const NotifyTarget other{NotifyTarget::Kind::url, "https://other.example/hook"};
  ledger_.wish("g", url_, clock_.wall() - std::chrono::minutes(1));
  ledger_.wish("g", other, clock_.wall() - std::chrono::minutes(1));
  for (const char* job : {"a", "b", "c"}) claim(job);
  ledger_.silence("a", {});
  ledger_.silence("b", {id_of(url_)});
  {
    Notifier notifier(store_, clock_, layout_, receiver_, {});
    for (const char* job : {"a", "b", "c"}) notifier.tell(end(job), true, true);
  }
  EXPECT_EQ(sent_to(url_), Ids{"c~2"});
  EXPECT_EQ(sent_to(other), (Ids{"b~2", "c~2"}));
  EXPECT_EQ(missed().sent, 0u) << "nor is it missed";
  ledger_.forget_jobs({"a", "b"});
  EXPECT_EQ(missed().sent, 4u) << "nothing is kept of either, nor that other was told of b";
}

TEST_F(NotifyTest, AWorkersOwnWishIsNotTheSubmitters) {
  groups_.add("g", {"a", "open"});
  ledger_.wish("g", url_, clock_.wall());
  ledger_.silence("a", {});
  claim("a");
  Notifier(store_, clock_, layout_, receiver_, {url_}).tell(end("a"), true, true);
  EXPECT_EQ(receiver_.got(), Ids{"a/2"});
}

TEST_F(NotifyTest, WhatAnotherWorkerSentIsNotSentAgain) {
  groups_.add("g", {"a", "open"});
  ledger_.wish("g", url_, clock_.wall());
  claim("a");
  const JobEnd ended = end("a");
  ledger_.note_sent(id_of(url_), "a/2");
  Notifier notifier(store_, clock_, layout_, receiver_, {});
  notifier.tell(ended, true, false);
  EXPECT_EQ(notifier.finish(), 0u);
  EXPECT_EQ(receiver_.tries(), 0u);
}

TEST_F(NotifyTest, AReceiverThatComesBackGetsAll) {
  receiver_.be_away(true);
  claim("a");
  claim("b");
  Notifier notifier(store_, clock_, layout_, receiver_, {url_});
  notifier.tell(end("a"), false, true);
  notifier.tell(end("b"), false, true);
  while (receiver_.tries() == 0) clock_.wait_until(clock_.now() + 10ms);
  receiver_.be_away(false);
  EXPECT_EQ(notifier.finish(), 0u);
  EXPECT_EQ(receiver_.got(), (Ids{"a/2", "b/2"}));
}

TEST_F(NotifyTest, WhatDoesNotArriveIsLeftForTheNextLook) {
  groups_.add("g", {"a"});
  ledger_.wish("g", url_, clock_.wall() - 10s);
  claim("a");
  receiver_.refuse();
  {
    Notifier notifier(store_, clock_, layout_, receiver_, {});
    notifier.tell(end("a"), true, true);
  }
  EXPECT_TRUE(sent_to(url_).empty());
  Receiver elsewhere;
  EXPECT_EQ(send_missed(store_, clock_, layout_, elsewhere, {}).sent, 2u);
  EXPECT_EQ(elsewhere.got().front(), "a/2");
  EXPECT_EQ(send_missed(store_, clock_, layout_, elsewhere, {}).sent, 0u) << "once is enough";
}

TEST_F(NotifyTest, TheNextLookSeesByTheLogWhatTheIndexLost) {
  groups_.add("g", {"a", "b"});
  ledger_.wish("g", url_, clock_.wall() - 10s);
  claim("a");
  claim("b");
  end("a");  // No index has heard of it, as of a worker that was killed right then.
  MissedSummary summary = missed();
  EXPECT_EQ(summary.sent, 1u);
  EXPECT_EQ(summary.open, 1u);
  EXPECT_EQ(receiver_.got(), Ids{"a/2"});
  end("b");
  summary = missed();
  EXPECT_EQ(summary.sent, 2u);
  EXPECT_EQ(summary.open, 0u);
}

TEST_F(NotifyTest, WhatEndedBeforeSomebodyAskedIsNoNews) {
  groups_.add("g", {"a", "open"});
  claim("a");
  end("a");
  ledger_.wish("g", url_, clock_.wall() + 1h);
  EXPECT_EQ(missed().sent, 0u);
}

TEST_F(NotifyTest, ACommandIsRunOnlyWhereItIsTyped) {
  groups_.add("g", {"a", "open"});
  ledger_.wish("g", command_, clock_.wall() - 10s);
  claim("a");
  end("a");
  EXPECT_EQ(missed().commands, 1u);
  EXPECT_EQ(receiver_.tries(), 0u);
  for (const std::string& key : store_.keys()) {
    if (key.find("/wishes/") == std::string::npos) continue;
    EXPECT_EQ(store_.get(key, 1000, soon())->find("true"), std::string::npos);
  }
  MissedWishes wishes;
  wishes.own = {command_};
  EXPECT_EQ(missed(wishes).sent, 1u);
}

TEST_F(NotifyTest, AReceiverThatIsAwayIsNotAskedForEachOfThem) {
  std::vector<std::string> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back("job-" + std::to_string(i));
  groups_.add("g", jobs);
  ledger_.wish("g", url_, clock_.wall() - 10s);
  for (const std::string& job : jobs) {
    claim(job);
    end(job);
  }
  receiver_.be_away(true);
  EXPECT_EQ(missed().failed, 21u);
  EXPECT_EQ(receiver_.tries(), 3u);
}

TEST_F(NotifyTest, AGroupThatGrewOrEndedOtherwiseHasFinishedAgain) {
  groups_.add("g", {"a"});
  claim("a");
  end("a");
  GroupWatch watch(store_, clock_, layout_, "g");
  const auto first = watch.look();
  ASSERT_TRUE(first);
  EXPECT_EQ(watch.look()->digest, first->digest);
  groups_.add("g", {"b"});
  EXPECT_FALSE(watch.look());
  claim("b");
  EXPECT_FALSE(watch.look());
  end("b");
  ASSERT_TRUE(watch.look());
  EXPECT_EQ(watch.look()->completed, 2u);
  EXPECT_NE(watch.look()->digest, first->digest);
}

TEST_F(NotifyTest, AGroupOfWhichOneWasRunAgainHasFinishedAgain) {
  groups_.add("g", {"a", "b"});
  claim("a");
  claim("b");
  end("a");
  end("b");
  GroupWatch watch(store_, clock_, layout_, "g");
  const auto first = watch.look();
  ASSERT_TRUE(first);
  JobLog log(store_, clock_, *JobId::parse("b"));
  log.read(soon());
  const auto again = [](const auto& newest) {
    return rerun(*newest, StartFrom::zero, "me", "2026");
  };
  ASSERT_EQ(log.append_as_claimant(again, soon()), AppendOutcome::appended);
  EXPECT_FALSE(GroupWatch(store_, clock_, layout_, "g").look());
  claim("b");
  end("b");
  const auto second = GroupWatch(store_, clock_, layout_, "g").look();
  ASSERT_TRUE(second);
  EXPECT_NE(second->digest, first->digest);
}

TEST_F(NotifyTest, WhatIsTakenAwayIsNoNews) {
  groups_.add("g", {"a"});
  ledger_.wish("g", url_, clock_.wall() - 10s);
  claim("a");
  end("a");
  EXPECT_EQ(missed().sent, 2u);
  JobLog log(store_, clock_, *JobId::parse("a"));
  log.read(soon());
  const auto step = [](const auto& newest) {
    return collected(*newest, sha256("none").hex(), "me");
  };
  ASSERT_EQ(log.append_as_claimant(step, soon()), AppendOutcome::appended);
  EXPECT_EQ(missed().sent, 0u);
}

TEST_F(NotifyTest, AskingAgainAndAgainWhetherAGroupHasFinishedIsCheap) {
  std::vector<std::string> jobs;
  for (int i = 0; i < 300; ++i) jobs.push_back("job-" + std::to_string(i));
  groups_.add("g", jobs);
  for (const std::string& job : jobs) claim(job);
  GroupWatch watch(store_, clock_, layout_, "g");
  EXPECT_FALSE(watch.look());
  const std::size_t before = store_.calls(MemoryStore::Call::list);
  for (int i = 0; i < 299; ++i) {
    end(jobs[static_cast<std::size_t>(i)]);
    watch.ended(jobs[static_cast<std::size_t>(i)], JobState::completed, 1);
    EXPECT_FALSE(watch.look());
  }
  // One for each own append and look, and the index some ten times.
  EXPECT_LT(store_.calls(MemoryStore::Call::list) - before, 3000u);
  end("job-299");
  EXPECT_TRUE(watch.look());
}

TEST(OutboxTest, PausesLongerAndLongerAndThenGoesOnAtOnce) {
  ManualClock clock;
  MemoryStore store;
  NotifyLedger ledger(store, clock, FleetLayout("jobs"));
  Receiver receiver;
  receiver.be_away(true);
  Outbox outbox({NotifyTarget::Kind::url, "https://a.example"}, NamedBy::us);
  ASSERT_TRUE(outbox.put(notice_of(JobEnd{"a", "", JobState::completed, 2}), false));
  ASSERT_TRUE(outbox.put(notice_of(JobEnd{"b", "", JobState::completed, 2}), false));
  Duration last{0};
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(outbox.send_next(receiver, ledger, clock, TimePoint::max()));
    const Duration pause = outbox.due() - clock.now();
    EXPECT_GE(pause, last);
    EXPECT_LE(pause, Outbox::kPauseMax);
    last = pause;
    clock.advance(pause);
  }
  EXPECT_EQ(last, Outbox::kPauseMax);
  receiver.be_away(false);
  EXPECT_TRUE(outbox.send_next(receiver, ledger, clock, TimePoint::max()));
  EXPECT_LE(outbox.due(), clock.now()) << "the next one need not wait";
  EXPECT_TRUE(outbox.send_next(receiver, ledger, clock, TimePoint::max()));
  EXPECT_EQ(receiver.got(), (Ids{"a/2", "b/2"}));
}

TEST(OutboxTest, HasABound) {
  Outbox outbox({NotifyTarget::Kind::url, "https://a.example"}, NamedBy::us);
  for (std::size_t i = 0; i < Outbox::kNoticesMax; ++i) ASSERT_TRUE(outbox.put({}, false));
  EXPECT_FALSE(outbox.put({}, false));
}

}  // namespace
}  // namespace holdfast
