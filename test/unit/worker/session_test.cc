// A session at the moments that are easily forgotten: questions while it restores or stores its
// result, a broker that blips, a store that refuses for good, a log that is damaged.
#include "one_worker.h"
#include "tasklog/log_reader.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class SessionTest : public OneWorker {
 protected:
  // The task writes `state`, takes a checkpoint by itself and goes on.
  void write_state(const TaskSpec& spec, const std::string& state) {
    std::filesystem::create_directories(spec.checkpoint_directory);
    replace_file(spec.checkpoint_directory / "state", state);
  }
  void write_result(const TaskSpec& spec) {
    replace_file(std::filesystem::path(spec.environment.at("HOLDFAST_OUTPUT_DIR")) / "result.txt",
                 "6");
  }
  // A task that finishes after `time`.
  void finishes_after(Duration time) {
    task_ = [this, time](const TaskSpec& spec) {
      write_result(spec);
      in_exit_with(time, 0);
    };
  }
  // Somebody else claims, commits one checkpoint of `state` and hands back.
  void run_elsewhere(const std::string& state) {
    const JobId job = *JobId::parse("a");
    const TemporaryFolder other;
    replace_file(other.path() / "state", state);
    JobLog log(memory_, clock_, job);
    log.read(kFar);
    EXPECT_EQ(log.append_as_claimant(
                  [](const auto& r) {
                    return claimed(r, {"elsewhere", "pc-2", "m9"});
                  },
                  kFar),
              AppendOutcome::appended);
    Saver saver(memory_, clock_, StoreLayout(job), log.newest()->attempt, {});
    const auto saved = saver.save(other.path(), {log.newest()->generation.value + 1}, {});
    const auto append = [&](const JobLog::Step& step) {
      EXPECT_EQ(log.append_as_owner("elsewhere", step, kFar), AppendOutcome::appended);
    };
    append([&](const auto& r) { return checkpointed(*r, saved->ref, {}, 2); });
    append([&](const auto& r) {
      return handed_back(*r, {r->attempt, Ending::interrupted, "pc-2", "drained", "now"});
    });
  }
  // What is stored of what an attempt printed.
  std::string log_of(std::uint64_t attempt) {
    const LogReader reader(memory_, clock_, *JobId::parse("a"));
    std::string text;
    for (const LogPart& part : reader.parts({attempt})) text += reader.get(part)->text;
    return text;
  }
  // How long the command takes whose kind is `Command`.
  void run_again() {
    JobLog log(memory_, clock_, *JobId::parse("a"));
    log.read(kFar);
    const auto step = [](const auto& r) { return rerun(*r, StartFrom::zero, "anna", "now"); };
    EXPECT_EQ(log.append_as_claimant(step, kFar), AppendOutcome::appended);
  }
  template <typename Command>
  void takes(Duration time) {
    transfer_takes_ = [time](const TransferCommand& command) {
      return std::holds_alternative<Command>(command.what) ? time : Duration::zero();
    };
  }
};

TEST_F(SessionTest, AJobIsClaimedRunStoredPublishedAndAcknowledgedInThatOrder) {
  finishes_after(10s);
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(summary.completed, 1u);
  EXPECT_EQ(summary.failure, "");
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].second, Settlement::complete);
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), "6");
}

// A queue can be purged. Where record 1 is somebody else's, the job is kept beside the log.
TEST_F(SessionTest, TheFirstToClaimAJobKeepsItsMessage) {
  finishes_after(10s);
  work({delivery(kBody)});
  EXPECT_EQ(
      record_from_json(memory_.get(".holdfast/a/log/9999999999/999", kRecordBytesMax, kFar).value())
          .job,
      kBody);
  const std::string other = R"({"job_id":"b","steps":3})";
  JobLog log(memory_, clock_, *JobId::parse("b"));
  const auto append = [&](const JobLog::Step& step) {
    log.read(kFar);
    EXPECT_EQ(log.append_as_claimant(step, kFar), AppendOutcome::appended);
  };
  append([](const auto& r) { return cancelled(r, "anna", "now"); });
  append([](const auto& r) { return redriven(*r, "anna", "now"); });
  work({delivery(other, 2)});
  EXPECT_EQ(memory_.get(".holdfast/b/job.json", 1000, kFar), other);
}

TEST_F(SessionTest, ACompletedJobIsNeverRunAgain) {
  finishes_after(10s);
  work({delivery(kBody, 1), delivery(kBody, 2)});
  EXPECT_EQ(tasks_started_, 1u);
  ASSERT_EQ(settled_.size(), 2u);
  EXPECT_EQ(settled_[1].second, Settlement::complete);
}

// E1: the message of a new epoch may be acknowledged as a second one of the job.
TEST_F(SessionTest, AJobThatIsRunAgainWhileItsResultIsPublishedKeepsAMessage) {
  finishes_after(10s);
  takes<PublishOutputs>(1min);
  in(30s, [this] {
    run_again();
    post(delivery(kBody, 2));
  });
  drain_when_empty_ = false;
  in(2min, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::waiting);
  const auto handed_back = [](const auto& settled) {
    return settled.second == Settlement::hand_back;
  };
  EXPECT_TRUE(std::any_of(settled_.begin(), settled_.end(), handed_back));
}

// The other worker may have lost its message to this one before it published.
TEST_F(SessionTest, AJobThatIsCompletedAgainWhileItsResultIsPublishedKeepsAMessage) {
  finishes_after(10s);
  takes<PublishOutputs>(1min);
  in(30s, [this] {
    run_again();
    Elsewhere other(*this, "a", "m9");
    other.completes();
    post(delivery(kBody, 2));
  });
  drain_when_empty_ = false;
  in(2min, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->attempt.value, 2u);
  EXPECT_EQ(settled_, (Settled{{2, Settlement::complete}, {1, Settlement::hand_back}}));
}

// A worker of a later epoch has removed what this one was about to publish.
TEST_F(SessionTest, AResultThatIsReplacedBeforeItIsPublishedIsNoDamage) {
  finishes_after(10s);
  store_.before_read = [this](const std::string& key) {
    if (key != "a/result.txt") return;
    store_.before_read = nullptr;
    run_again();
    memory_.remove(".holdfast/a/attempts/1/outputs/result.txt", kFar);
  };
  drain_when_empty_ = false;
  in(2min, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::waiting);
  EXPECT_TRUE(published_.empty()) << "there is no dead letter";
  ASSERT_FALSE(settled_.empty());
  EXPECT_EQ(settled_.back().second, Settlement::hand_back);
}

// G4, G5: else two messages for one job take it from each other for ever.
TEST_F(SessionTest, AnOwnerAnswersWhileItRestores) {
  run_elsewhere("1");
  takes<Restore>(10min);
  finishes_after(10s);
  in(2min, [this] { ask_and_expect_answer(45s); });
  work({delivery(kBody)});
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(newest()->state, JobState::completed);
}

// Who asks does not ask again: the question stands last until it is answered.
TEST_F(SessionTest, AnOwnerWhoseAnswerFailedAnswersAtItsNextLook) {
  settings_.checkpoint_every = Duration::zero();
  finishes_after(10min);
  bool refused = false;
  in(2min, [this, &refused] {
    ask_and_expect_answer(45s);
    store_.before_write = [this, &refused](const std::string&) {
      store_.before_write = nullptr;
      refused = true;
      throw Error(ErrorKind::unavailable, "not now");
    };
  });
  work({delivery(kBody)});
  EXPECT_TRUE(refused);
  EXPECT_EQ(answers_, 1);
}

// G6, G7: else an hour's result is thrown away because somebody asked.
TEST_F(SessionTest, AnOwnerAnswersWhileItStoresItsResult) {
  takes<StoreOutputs>(10min);
  finishes_after(10s);
  in(2min, [this] { ask_and_expect_answer(45s); });
  work({delivery(kBody)});
  EXPECT_EQ(questions_, 1);
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SessionTest, AnOwnerAnswersWhileItStoresItsLastCheckpoint) {
  settings_.checkpoint_every = Duration::zero();
  settings_.last_save = 10min;
  takes<Save>(5min);
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in_exit_with(10s, 85);
  };
  in(2min, [this] { ask_and_expect_answer(45s); });
  work({delivery(kBody)});
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_EQ(newest()->state, JobState::waiting);
}

// The first after a minute; then as seldom as its cost makes best: 20 s of saving count as 1 s of
// standing still, and sqrt(2 * 1 s * 1 h) is 85 s.
TEST_F(SessionTest, AnAdaptiveIntervalFollowsWhatACheckpointTakes) {
  settings_.checkpoint_every = kFirstInterval;
  settings_.adapt_to_mtbf = 1h;
  takes<Save>(20s);
  finishes_after(60s + 10 * 38s);
  // What it has done changes all the time: equal content makes no checkpoint.
  task_ = [this, begin = task_](const TaskSpec& spec) {
    begin(spec);
    for (int i = 1; i <= 44; ++i) {
      in(i * 10s, [this, spec, i] { write_state(spec, std::to_string(i)); });
    }
  };
  work({delivery(kBody)});
  EXPECT_GE(newest()->generation.value, 10u);
  EXPECT_LE(newest()->generation.value, 12u);
}

TEST_F(SessionTest, ATaskOverItsTimeLimitIsStoppedAndItsJobIsDeadWithALastCheckpoint) {
  settings_.time_limit = 10min;
  settings_.checkpoint_every = Duration::zero();
  task_ = [this](const TaskSpec& spec) { write_state(spec, "1"); };
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_GE(clock_.now() - begin, 10min);
  EXPECT_LT(clock_.now() - begin, 11min);
  EXPECT_EQ(newest()->state, JobState::dead);
  EXPECT_EQ(newest()->reason, "timed_out");
  EXPECT_EQ(newest()->generation.value, 1u);
}

// G5: a job that takes its worker with it is set aside in the end, and somebody has to find out
// why.
TEST_F(SessionTest, WhatATaskPrintsAfterAnAttemptThatVanishedIsStoredAsItRuns) {
  Elsewhere(*this, "a", "m1");
  settings_.checkpoint_every = Duration::zero();
  const auto so_far = [this] { return log_of(2); };
  task_ = [&, this](const TaskSpec&) {
    in(1s, [this] { print("loading\n"); });
    in(2s, [&] { EXPECT_EQ(so_far(), "loading\n"); });
    in(3s, [this] { print("allocating\n"); });
    in(4s, [&] { EXPECT_EQ(so_far(), "loading\n"); });  // Not with every line.
    in(7s, [&] { EXPECT_EQ(so_far(), "loading\nallocating\n"); });
    in_exit_with(8s, 0);
  };
  Delivery again = delivery(kBody);
  again.redelivered = true;
  work({again});
  EXPECT_EQ(newest()->attempt.value, 2u);
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SessionTest, WhatATaskPrintsIsStoredEveryTwentySecondsAndWithEachCheckpointAndAtTheEnd) {
  const auto so_far = [this] { return log_of(1); };
  task_ = [&, this](const TaskSpec& spec) {
    write_state(spec, "1");
    in(1s, [this] { print("1"); });
    in(19s, [&] { EXPECT_EQ(so_far(), ""); });
    in(21s, [&] { EXPECT_EQ(so_far(), "1"); });
    in(45s, [this] { print("2"); });  // In the log a moment later, after so long a silence.
    in(47s, [&] { EXPECT_EQ(so_far(), "12"); });
    in(50s, [this] { print("3"); });
    in(59s, [&] { EXPECT_EQ(so_far(), "12"); });
    in(61s, [&] { EXPECT_EQ(so_far(), "123"); });  // With the checkpoint.
    in(62s, [this] { print("4"); });
    in_exit_with(63s, 0);
  };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(so_far(), "1234");
}

TEST_F(SessionTest, ASilentTaskIsStalledAndOneThatGivesSignsIsNot) {
  settings_.stall_after = 10min;
  settings_.checkpoint_every = Duration::zero();
  in(9min, [this] { post(TaskEvent(TaskWrote{})); });
  in(18min, [this] { post(TaskEvent(TaskSaid{0.5, {}, {}, {}})); });
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_GE(clock_.now() - begin, 28min);
  EXPECT_LT(clock_.now() - begin, 29min);
  EXPECT_EQ(newest()->endings.back().ending, Ending::stalled);
  EXPECT_EQ(newest()->failures_since_progress, 1u);
}

TEST_F(SessionTest, ASnapshotOfOursIsASignOfLifeOnlyIfTheTaskHadWrittenSomething) {
  settings_.stall_after = 10min;
  settings_.checkpoint_every = 1min;
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in(9min + 30s, [this, spec] { write_state(spec, "2"); });
  };
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_GE(clock_.now() - begin, 19min);
  EXPECT_LT(clock_.now() - begin, 21min);
  EXPECT_EQ(newest()->endings.back().ending, Ending::stalled);
}

TEST_F(SessionTest, AWorkerThatStoodStillItselfTakesItsTaskForNoneThatStalls) {
  settings_.stall_after = 10min;
  settings_.checkpoint_every = Duration::zero();
  finishes_after(44min);
  in(5min, [this] { post(TaskEvent(TaskWrote{})); });
  in(6min, [this] { clock_.advance(30min); });  // Its machine was paused.
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(newest()->attempt.value, 1u);
}

TEST_F(SessionTest, ATaskMayAllowItselfMoreSilence) {
  settings_.stall_after = 1min;
  finishes_after(30min);
  in(10s, [this] { post(TaskEvent(TaskSaid{{}, {}, {}, std::chrono::hours(1)})); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SessionTest, AnOwnerAnswersWhileTheUploadOfATaskThatFailedGoesOn) {
  takes<Save>(5min);
  settings_.checkpoint_every = 5s;
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in_exit_with(10s, 3);
  };
  in(2min, [this] { ask_and_expect_answer(45s); });
  work({delivery(kBody)});
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(newest()->generation.value, 1u);
}

// G6: the broker gave the message to somebody else, who asks at once and is not patient.
TEST_F(SessionTest, AnOwnerThatLostItsDeliveryWatchesCloselyAlsoOnceTheBrokerIsBack) {
  finishes_after(10min);
  in(60s, [this] { post(ConnectionLost{"blip"}); });
  in(60s + 200ms, [this] { post(ConnectionMade{}); });
  drain_when_empty_ = false;  // The queue is asked for the message again.
  in(11min, [this] { post(DrainRequested{}); });
  for (int minute = 2; minute < 6; ++minute) {
    in(std::chrono::minutes(minute) + 100ms, [this] { ask_and_expect_answer(6s); });
  }
  work({delivery(kBody)});
  EXPECT_EQ(questions_, 4);
  EXPECT_EQ(answers_, 4);
  EXPECT_EQ(tasks_started_, 1u);
}

TEST_F(SessionTest, AnOwnerThatLostItsDeliveryWhileItRestoredWatchesCloselyFromTheStart) {
  run_elsewhere("1");
  takes<Restore>(30s);
  finishes_after(10min);
  in(10s, [this] { post(ConnectionLost{"blip"}); });
  in(11s, [this] { post(ConnectionMade{}); });
  drain_when_empty_ = false;  // The queue is asked for the message again.
  in(12min, [this] { post(DrainRequested{}); });
  in(31s, [this] { ask_and_expect_answer(6s); });
  work({delivery(kBody)});
  EXPECT_EQ(answers_, 1);
}

TEST_F(SessionTest, AnAttemptThatIsSupersededWhileItRestoresStartsNoTask) {
  run_elsewhere("1");
  takes<Restore>(10min);
  in(2min, [this] { run_elsewhere("2"); });
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(tasks_started_, 0u);
  EXPECT_EQ(summary.handed_back, 1u);
  EXPECT_EQ(newest()->generation.value, 2u);
}

// G5: the checkpoint that landed has wiped the failures out.
TEST_F(SessionTest, AFailureRightAfterACheckpointWhoseAnswerWasLostIsTheFirstOne) {
  settings_.checkpoint_every = 5s;
  settings_.retry.failures_max = 2;
  int runs = 0;
  task_ = [&, this](const TaskSpec& spec) {
    if (++runs == 1) return in_exit_with(1s, 3);  // The first failure.
    write_state(spec, "1");
    in_exit_with(5s + 100ms, 3);
    // The commit's answer is lost, and the task fails before it can be repeated.
    store_.before_write = [this](const std::string& key) {
      if (key.find("/manifests/") == std::string::npos) return;
      store_.before_write = nullptr;
      store_.plan(1, Fault::answer_lost);
    };
  };
  work({delivery(kBody, 1), delivery(kBody, 2)});
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_EQ(newest()->state, JobState::waiting);
  EXPECT_EQ(newest()->failures_since_progress, 1u);
}

TEST_F(SessionTest, AFailureAfterALandedCheckpointIsTheFirstOneAlsoForAWorkerThatDrains) {
  settings_.checkpoint_every = 5s;
  settings_.retry.failures_max = 2;
  int runs = 0;
  task_ = [&, this](const TaskSpec& spec) {
    if (++runs == 1) return in_exit_with(1s, 3);
    write_state(spec, "1");
    in(5s + 100ms, [this] {
      runs_ = false;
      exit_with(3);
      post(DrainRequested{});
      memory_.fail_next(1);  // No time to find out what became of the commit.
    });
    store_.before_write = [this](const std::string& key) {
      if (key.find("/manifests/") == std::string::npos) return;
      store_.before_write = nullptr;
      store_.plan(1, Fault::answer_lost);
    };
  };
  work({delivery(kBody, 1), delivery(kBody, 2)});
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_EQ(newest()->state, JobState::waiting);
  EXPECT_EQ(newest()->failures_since_progress, 1u);
}

// G12: else every blip at the wrong moment leaves a checkpoint's bytes behind for good.
TEST_F(SessionTest, AnOldCheckpointThatCouldNotBeRemovedIsRemovedLater) {
  settings_.checkpoint_every = 10s;
  settings_.checkpoints_kept = 1;
  bool refused = false;
  task_ = [this](const TaskSpec& spec) {
    for (int i = 0; i < 2; ++i) {
      in(std::chrono::seconds(15 * i), [=, this] { write_state(spec, std::to_string(i)); });
    }
    in_exit_with(29s, 3);
  };
  store_.before_write = [&](const std::string& key) {
    const bool removes = key.find("/chunks/") != std::string::npos && memory_.get(key, 100, kFar);
    if (removes && !refused) {
      refused = true;
      throw Error(ErrorKind::unavailable, "not now");
    }
  };
  work({delivery(kBody)});
  EXPECT_TRUE(refused);
  std::size_t chunks = 0;
  for (const std::string& key : memory_.keys()) chunks += key.find("/chunks/") != std::string::npos;
  EXPECT_EQ(chunks, 1u);
}

// Room for one snapshot only.
TEST_F(SessionTest, WithoutRoomForASnapshotTheLastOneGivesItsOwnBackAndItIsTriedAgainAtOnce) {
  settings_.checkpoint_every = 10s;
  disk_full_ = [](const std::filesystem::path& snapshots) {
    return std::filesystem::exists(snapshots) && !std::filesystem::is_empty(snapshots);
  };
  task_ = [this](const TaskSpec& spec) {
    for (int i = 0; i < 3; ++i) {
      in(std::chrono::seconds(10 * i + 5), [=, this] { write_state(spec, std::to_string(i)); });
    }
    in_exit_with(35s, 3);
  };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->generation.value, 3u);
  EXPECT_EQ(snapshots_wanted_, 5);
}

// To make room, the snapshot goes whose checkpoint is stored and not committed yet.
TEST_F(SessionTest, AFullDiskWhileACommitIsOutstandingLosesNothingOfIt) {
  settings_.checkpoint_every = 10s;
  bool log_away = false;
  store_.before_write = [&](const std::string& key) {
    if (log_away && key.find("/log/") != std::string::npos) {
      throw Error(ErrorKind::unavailable, "not now");
    }
  };
  disk_full_ = [&](const std::filesystem::path&) { return snapshots_wanted_ > 1; };
  task_ = [&, this](const TaskSpec& spec) {
    write_state(spec, "1");
    in(5s, [&] {
      post(TaskEvent(TaskSaid{0.25, {}, {}, {}}));
      log_away = true;
    });
    in(35s, [&] { log_away = false; });
    in_exit_with(40s, 3);
  };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->generation.value, 1u);
  EXPECT_EQ(newest()->checkpoints.at(0).generation.value, 1u);
  EXPECT_EQ(newest()->progress.fraction, 0.25);
  EXPECT_EQ(newest()->progress.ran_seconds, 10u);
}

TEST_F(SessionTest, ATaskWhoseDiskIsFullForGoodGoesOnAndIsNotStoppedAllTheTime) {
  settings_.checkpoint_every = 10s;
  disk_full_ = [](const std::filesystem::path&) { return true; };
  task_ = [this](const TaskSpec&) { in_exit_with(65s, 0); };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(snapshots_wanted_, 6);
}

TEST_F(SessionTest, ACheckpointThatIsStoredWhenItsTaskFailsIsCommittedThoughTheStoreBlips) {
  settings_.checkpoint_every = 5s;
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "1");
    in_exit_with(5s + 100ms, 3);
    store_.before_write = [this](const std::string& key) {
      if (key.find("/manifests/") == std::string::npos) return;
      store_.before_write = nullptr;
      store_.plan(1, Fault::refused);
    };
  };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->generation.value, 1u);
}

TEST_F(SessionTest, AStoreThatRefusesForGoodStopsTheTaskWithoutSpinning) {
  settings_.checkpoint_every = 5s;
  int refusals = 0;
  task_ = [&, this](const TaskSpec& spec) {
    write_state(spec, "1");
    store_.before_write = [&](const std::string& key) {
      if (key.find("/log/") != std::string::npos) {
        refusals += 1;
        throw Error(ErrorKind::rejected, "access denied");
      }
    };
  };
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_NE(summary.failure, "");
  EXPECT_LT(refusals, 10);
}

TEST_F(SessionTest, ADrainWhileALargeCheckpointIsRestoredEndsSoon) {
  run_elsewhere("1");
  takes<Restore>(10h);
  const TimePoint begin = clock_.now();
  in(1min, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_LT(clock_.now() - begin, 5min);
  EXPECT_EQ(newest()->state, JobState::waiting);
  EXPECT_EQ(newest()->endings.back().ending, Ending::interrupted);
}

TEST_F(SessionTest, ADrainWhileALargeSnapshotIsUploadedEndsByItsDeadline) {
  settings_.checkpoint_every = 5s;
  takes<Save>(10h);
  task_ = [this](const TaskSpec& spec) { write_state(spec, "1"); };
  const TimePoint begin = clock_.now();
  in(1min, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_LT(clock_.now() - begin, 1min + 2 * settings_.last_save + 1min);
  EXPECT_EQ(newest()->state, JobState::waiting);
}

TEST_F(SessionTest, ADrainEndsAlsoWhenTheStoreVanishesRightAfterTheResultIsCommitted) {
  finishes_after(10s);
  int log_writes = 0;
  bool vanished = false;
  store_.before_read = [&](const std::string& key) {
    if (log_writes == 2 && !vanished && key.find("/log/") != std::string::npos) {
      vanished = true;
      memory_.go_away();
      in(1min, [this] { post(DrainRequested{}); });
    }
  };
  store_.before_write = [&](const std::string& key) {
    log_writes += key.find("/log/") != std::string::npos ? 1 : 0;
  };
  work({delivery(kBody)});
  memory_.come_back();
  EXPECT_TRUE(vanished);
  EXPECT_EQ(newest()->state, JobState::completed);
  ASSERT_EQ(settled_.size(), 1u);
  EXPECT_EQ(settled_[0].second, Settlement::hand_back);  // Who meets it next publishes it.
}

// G9: one damaged log must not end the whole fleet, one worker after the other.
TEST_F(SessionTest, AJobWhoseLogIsDamagedIsSetAsideAndTheWorkerGoesOn) {
  memory_.damage(".holdfast/a/log/9999999999/999", "rubbish");
  finishes_after(10s);
  const SessionSummary summary =
      work({delivery(kBody, 1), delivery(R"({"job_id":"b","steps":3})", 2)});
  EXPECT_EQ(summary.failure, "");
  EXPECT_EQ(summary.completed, 1u);
  EXPECT_EQ(summary.dead, 1u);
  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].destination, Destination::dead);
  EXPECT_EQ(published_[0].body, kBody);
  EXPECT_EQ(settled_, (std::vector<std::pair<std::uint64_t, Settlement>>{
                          {1, Settlement::complete}, {2, Settlement::complete}}));
}

// The worker before was killed between its result and the record.
TEST_F(SessionTest, AResultThatWasStoredWholeIsPublishedWithoutRunningTheProgramAgain) {
  Elsewhere(*this, "a", "m1").stores_result();
  finishes_after(10s);
  Delivery again = delivery(kBody);
  again.earlier_holder_gone = true;
  const SessionSummary summary = work({again});
  EXPECT_EQ(tasks_started_, 0u);
  EXPECT_EQ(summary.completed, 1u);
  EXPECT_EQ(newest()->attempt.value, 2u);
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), "7");
}

TEST_F(SessionTest, AResultThatWasNotStoredWholeIsComputedAgain) {
  Elsewhere(*this, "a", "m1").stores_result();
  memory_.remove(".holdfast/a/attempts/1/outputs.json", kFar);
  finishes_after(10s);
  Delivery again = delivery(kBody);
  again.earlier_holder_gone = true;
  work({again});
  EXPECT_EQ(tasks_started_, 1u);
  EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), "6");
}

// G12: also where attempts are too short for anything else.
TEST_F(SessionTest, WhatTheLastCheckpointOfAnAttemptRetiresIsRemoved) {
  const auto manifests = [this] {
    std::size_t count = 0;
    for (const std::string& key : memory_.keys()) count += key.find("/manifests/") != key.npos;
    return count;
  };
  settings_.checkpoints_kept = 2;
  run_elsewhere("1");
  run_elsewhere("2");
  EXPECT_EQ(manifests(), 2u);
  task_ = [this](const TaskSpec& spec) {
    write_state(spec, "3");
    in_exit_with(5s, 85);
  };
  in(5s, [this] { post(DrainRequested{}); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->checkpoints.size(), 2u);
  EXPECT_EQ(newest()->checkpoints.front().generation.value, 3u);
  EXPECT_EQ(manifests(), 2u);
}

TEST_F(SessionTest, ACompletedJobLeavesNoCheckpoint) {
  run_elsewhere("1");
  finishes_after(150s);
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_TRUE(newest()->checkpoints.empty());
  for (const std::string& key : memory_.keys()) {
    EXPECT_EQ(key.find("/manifests/"), key.npos) << key;
    EXPECT_EQ(key.find("/chunks/"), key.npos) << key;
  }
}

TEST_F(SessionTest, ACompletedJobWithoutAnyOutputKeepsItsCheckpoints) {
  run_elsewhere("1");
  task_ = [this](const TaskSpec&) { in_exit_with(10s, 0); };
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(newest()->checkpoints.size(), 1u);
}

TEST_F(SessionTest, ACompletedJobWhoseStoredResultIsGoneIsSetAsideAndTheWorkerGoesOn) {
  finishes_after(10s);
  work({delivery(kBody, 1)});
  memory_.remove(".holdfast/a/attempts/1/outputs.json", kFar);
  published_.clear();
  const SessionSummary summary =
      work({delivery(kBody, 2), delivery(R"({"job_id":"b","steps":3})", 3)});
  EXPECT_EQ(summary.failure, "");
  EXPECT_EQ(summary.completed, 1u);
  ASSERT_EQ(published_.size(), 1u);
  EXPECT_EQ(published_[0].destination, Destination::dead);
}

// Paid hardware does not wait for ever for a broker that nobody starts again.
TEST_F(SessionTest, AnIdleWorkerGivesUpOnceTheBrokerIsAwayTooLong) {
  drain_when_empty_ = false;
  const TimePoint begin = clock_.now();
  in(1min, [this] { post(ConnectionLost{"refused"}); });
  in(20min, [this] { post(ConnectionMade{}); });
  in(30min, [this] { post(ConnectionLost{"refused"}); });
  const SessionSummary summary = work({});
  EXPECT_NE(summary.failure.find("out of reach"), std::string::npos) << summary.failure;
  EXPECT_EQ(clock_.now() - begin, 30min + settings_.away_max);
}

TEST_F(SessionTest, AWorkerThatCanClaimNothingBecauseTheStoreIsAwayEndsRatherThanIdle) {
  const TimePoint begin = clock_.now();
  memory_.go_away();
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_NE(summary.failure.find("out of reach"), std::string::npos) << summary.failure;
  EXPECT_GE(clock_.now() - begin, settings_.away_max);
  EXPECT_LT(clock_.now() - begin, settings_.away_max + 1min);
}

TEST_F(SessionTest, AClaimantThatAsksAStoreThatIsAwayEndsRatherThanIdle) {
  Elsewhere owner(*this, "a", "m1");
  Delivery again = delivery(kBody, 1);
  again.redelivered = true;
  in(2s, [this] { memory_.go_away(); });
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({again});
  EXPECT_NE(summary.failure.find("out of reach"), std::string::npos) << summary.failure;
  EXPECT_LT(clock_.now() - begin, settings_.away_max + 1min);
}

TEST_F(SessionTest, AWorkerThatCannotRestoreBecauseTheStoreIsAwayEndsRatherThanIdle) {
  run_elsewhere("1");
  store_.before_read = [this](const std::string& key) {
    if (key.find("/manifests/") != std::string::npos) memory_.go_away();
  };
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_NE(summary.failure.find("out of reach"), std::string::npos) << summary.failure;
  EXPECT_LT(clock_.now() - begin, settings_.away_max + 1min);
  EXPECT_EQ(tasks_started_, 0u);
}

// It would have to be computed again.
TEST_F(SessionTest, AResultWaitsForTheStoreHoweverLongItIsAway) {
  finishes_after(10min);
  in(1min, [this] { memory_.go_away(); });
  in(24h, [this] { memory_.come_back(); });
  work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(tasks_started_, 1u);
}

// G6.
TEST_F(SessionTest, ATaskGoesOnHoweverLongTheBrokerIsAway) {
  finishes_after(24h);
  drain_when_empty_ = false;
  in(1min, [this] { post(ConnectionLost{"refused"}); });
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_NE(summary.failure, "");  // There is nothing to do for it now.
}

TEST_F(SessionTest, ATaskWhoseQueueIsGoneFinishesAndItsResultIsKept) {
  finishes_after(10min);
  in(1min, [this] { post(QueueFailed{"access refused"}); });
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(memory_.get("a/result.txt", 10, kFar), "6");
  EXPECT_EQ(summary.failure, "access refused");
}

TEST_F(SessionTest, AnIdleWorkerWhoseQueueIsGoneEndsAtOnceAndSaysSo) {
  drain_when_empty_ = false;
  in(1min, [this] { post(QueueFailed{"there is no such queue"}); });
  const TimePoint begin = clock_.now();
  EXPECT_EQ(work({}).failure, "there is no such queue");
  EXPECT_EQ(clock_.now() - begin, 1min);
}

TEST_F(SessionTest, AWorkerWhoseDiskIsGoneHandsTheJobBackUnclaimedAndEnds) {
  settings_.work_directory = folder_.path() / "file" / "workspace";
  replace_file(folder_.path() / "file", "no folder");
  const SessionSummary summary = work({delivery(kBody, 1), delivery(kBody, 2)});
  EXPECT_NE(summary.failure, "");
  EXPECT_FALSE(newest());
  EXPECT_EQ(settled_,
            (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::hand_back}}));
}

TEST_F(SessionTest, AStoreThatNeverTakesARequestEndsTheWorkerWithTheReason) {
  settings_.checkpoint_every = 1min;
  task_ = [this](const TaskSpec& spec) { write_state(spec, "1"); };
  in(10min, [this] {
    store_.before_read = store_.before_write = [](const std::string&) {
      throw Error(ErrorKind::rejected, "the token has expired");
    };
  });
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(summary.failure, "the token has expired");
  EXPECT_LT(clock_.now() - begin, 12min);
  EXPECT_EQ(settled_,
            (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::hand_back}}));
}

// One job in a world of its own, whose store refuses access from its `first` call on for `time`.
class RefusedWorld final : public OneWorker {
 public:
  void TestBody() override {}

  // False if the job was done before that call.
  bool loses_nothing(int first, Duration time) {
    settings_.checkpoint_every = 5s;
    int calls = 0;
    std::optional<TimePoint> since;
    store_.before_read = store_.before_write = [&](const std::string&) {
      if (calls++ == first) since = clock_.now();
      if (since && clock_.now() < *since + time) throw Error(ErrorKind::denied, "ExpiredToken");
    };
    task_ = [this](const TaskSpec& spec) {
      replace_file(spec.checkpoint_directory / "state", "1");
      replace_file(std::filesystem::path(spec.environment.at("HOLDFAST_OUTPUT_DIR")) / "result",
                   "6");
      in_exit_with(1min, 0);
    };
    const SessionSummary summary = work({delivery(kBody)});
    EXPECT_EQ(summary.failure, "") << first;
    EXPECT_EQ(summary.completed, 1u) << first;
    EXPECT_EQ(tasks_started_, 1u) << first;
    EXPECT_EQ(newest()->attempt.value, 1u) << first;
    EXPECT_EQ(memory_.get("a/result", 10, kFar), "6") << first;
    return since.has_value();
  }
};

TEST(Refused, AccessThatIsRefusedForAWhileCostsNothingAtAnyStepOfAJob) {
  for (const Duration time : {Duration(4s), Duration(10min)}) {
    int first = 0;
    while (RefusedWorld().loses_nothing(first, time)) ++first;
    EXPECT_GT(first, 10) << "a job makes more calls than this";
  }
}

TEST_F(SessionTest, ABrokerThatRefusesWhileAJobRunsCostsNothing) {
  finishes_after(10min);
  in(1min, [this] { post(ConnectionLost{"password", true}); });
  in(5min, [this] { post(ConnectionMade{}); });
  Delivery again = delivery(kBody);  // The message went back with the connection.
  again.tag = {2};
  again.redelivered = true;
  const SessionSummary summary = work({delivery(kBody), again});
  EXPECT_EQ(summary.failure, "");
  EXPECT_EQ(tasks_started_, 1u);
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SessionTest, AWorkerWithoutAJobEndsWhenTheBrokerRefuses) {
  finishes_after(10min);
  drain_when_empty_ = false;
  in(1min, [this] { post(ConnectionLost{"the password", true}); });
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(newest()->state, JobState::completed);
  EXPECT_EQ(summary.failure, "the password");
}

TEST_F(SessionTest, AWorkerWhoseQueueIsGoneDoesNotTryToPublishForEver) {
  settings_.retry.failures_max = 1;
  task_ = [this](const TaskSpec&) {
    in_exit_with(10s, 3);
    broker_away_ = true;
    in(10s, [this] { post(QueueFailed{"access refused"}); });
  };
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_EQ(summary.failure, "access refused");
}

// A broker with a disk alarm takes messages and confirms none.
TEST_F(SessionTest, ADrainIsHeardWhileAMessageWaitsForItsConfirmation) {
  settings_.retry.failures_max = 1;
  confirms_ = false;
  task_ = [this](const TaskSpec&) { in_exit_with(10s, 3); };
  in(1min, [this] { post(DrainRequested{}); });
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_LT(clock_.now() - begin, 2min);
  EXPECT_EQ(newest()->state, JobState::dead);
  EXPECT_EQ(published_.size(), 1u);
  EXPECT_EQ(settled_,
            (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::hand_back}}));
}

TEST_F(SessionTest, AWorkerWhoseMessagesAreNeverConfirmedEndsRatherThanIdle) {
  settings_.retry.failures_max = 1;
  confirms_ = false;
  task_ = [this](const TaskSpec&) { in_exit_with(10s, 3); };
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work({delivery(kBody)});
  EXPECT_NE(summary.failure.find("--give-up-after"), std::string::npos) << summary.failure;
  EXPECT_LT(clock_.now() - begin, settings_.away_max + 1min);
}

TEST_F(SessionTest, ADrainWhileALargeResultOfAnotherIsPublishedEndsSoon) {
  Elsewhere(*this, "a", "m1").completes();
  takes<PublishOutputs>(10h);
  in(1min, [this] { post(DrainRequested{}); });
  const TimePoint begin = clock_.now();
  work({delivery(kBody)});
  EXPECT_LT(clock_.now() - begin, 2min);
  EXPECT_EQ(settled_,
            (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::hand_back}}));
}

TEST_F(SessionTest, AJobWhoseOutputCannotBeReadFailsAndTheWorkerGoesOn) {
  settings_.retry.failures_max = 1;
  task_ = [this](const TaskSpec& spec) {
    const std::filesystem::path outputs(spec.environment.at("HOLDFAST_OUTPUT_DIR"));
    if (tasks_started_ == 1) std::filesystem::create_symlink("/proc/self/mem", outputs / "odd");
    in_exit_with(10s, 0);
  };
  const SessionSummary summary =
      work({delivery(kBody, 1), delivery(R"({"job_id":"b","steps":3})", 2)});
  EXPECT_EQ(summary.failure, "");
  EXPECT_EQ(summary.completed, 1u);
  EXPECT_EQ(newest()->state, JobState::dead);
  EXPECT_NE(newest()->endings.back().detail.find("odd"), std::string::npos);
}

TEST_F(SessionTest, AnOutageOfTheStoreUsesUpNoPatienceOfAClaimant) {
  // Somebody runs the job; we ask; the store is away for a while, for both of us.
  JobLog owner(memory_, clock_, *JobId::parse("a"));
  owner.read(kFar);
  ASSERT_EQ(owner.append_as_claimant(
                [](const auto& r) {
                  return claimed(r, {"elsewhere", "pc-2", "m1"});
                },
                kFar),
            AppendOutcome::appended);
  Delivery again = delivery(kBody, 1);
  again.redelivered = true;
  in(2s, [this] { memory_.go_away(); });
  in(60s, [this] { memory_.come_back(); });
  in(63s, [&] {
    ASSERT_TRUE(owner.look(kFar));
    ASSERT_EQ(owner.append_as_owner(
                  "elsewhere", [](const auto& r) { return answered(*r); }, kFar),
              AppendOutcome::appended);
  });
  in(90s, [this] { post(DrainRequested{}); });
  work({again});
  EXPECT_EQ(newest()->attempt_id, "elsewhere");
  EXPECT_EQ(tasks_started_, 0u);
}

}  // namespace
}  // namespace holdfast
