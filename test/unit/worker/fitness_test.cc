// A worker on a node that is broken: it takes no more jobs, says why, and harms none.
#include "core/unfit_notice.h"
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class FitnessTest : public OneWorker {
 protected:
  static std::string body(const std::string& job) {
    return R"({"job_id":")" + job + R"(","steps":3})";
  }
  std::vector<Delivery> jobs(int count) {
    std::vector<Delivery> made;
    for (int i = 0; i < count; ++i) {
      made.push_back(delivery(body("j" + std::to_string(i)), static_cast<std::uint64_t>(i) + 1));
    }
    return made;
  }
  void tasks_exit_with(int code) {
    task_ = [this, code](const TaskSpec& spec) {
      labels_.push_back(spec.label);
      in_exit_with(1s, code);
    };
  }
  std::optional<std::string> notice() {
    return memory_.get(".workers/pc-1/unfit.json", kUnfitNoticeBytesMax, kFar);
  }

  std::vector<std::string> labels_;
};

TEST_F(FitnessTest, ATaskThatCallsTheNodeUnfitIsHandedBackAndNoMoreJobsAreTaken) {
  tasks_exit_with(69);
  const SessionSummary summary = work(jobs(3));
  EXPECT_EQ(labels_, std::vector<std::string>{"j0"});
  EXPECT_NE(summary.unfit.find("exit code 69"), std::string::npos) << summary.unfit;
  EXPECT_EQ(summary.failure, "");
  EXPECT_EQ(settled_,
            (std::vector<std::pair<std::uint64_t, Settlement>>{{1, Settlement::hand_back}}));
  EXPECT_EQ(newest("j0")->failures_since_progress, 0u);
  ASSERT_TRUE(notice());
  EXPECT_EQ(unfit_notice_from_json(*notice()).reason, summary.unfit);
  EXPECT_EQ(unfit_notice_from_json(*notice()).worker, "pc-1");
}

TEST_F(FitnessTest, JobsThatFailHereAndGoOnElsewhereEndTheWorker) {
  tasks_exit_with(3);
  // Whatever failed here is completed elsewhere half a minute later.
  const auto finish_elsewhere = [this](const std::string& job) {
    if (newest(job) && newest(job)->state == JobState::waiting) {
      Elsewhere other(*this, job, "m9");
      other.completes();
    }
  };
  for (int i = 0; i < 3; ++i) {
    in(std::chrono::seconds(8 + i), [=] { finish_elsewhere("j" + std::to_string(i)); });
  }
  const SessionSummary summary = work(jobs(20));
  EXPECT_NE(summary.unfit.find("made progress elsewhere"), std::string::npos) << summary.unfit;
  EXPECT_LE(labels_.size(), 5u);
  EXPECT_TRUE(notice());
}

// A program that is broken everywhere is no reason to end the fleet.
TEST_F(FitnessTest, JobsThatFailWithoutAnyWitnessOnlySlowTheWorkerDown) {
  tasks_exit_with(3);
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work(jobs(10));
  EXPECT_EQ(summary.unfit, "");
  EXPECT_EQ(labels_.size(), 10u);
  EXPECT_GT(clock_.now() - begin, 2min);
  EXPECT_LT(clock_.now() - begin, 10min);
  EXPECT_FALSE(notice());
}

TEST_F(FitnessTest, AMessageThatComesDuringThePauseIsLeftToOthers) {
  tasks_exit_with(3);
  const TimePoint begin = clock_.now();
  // After the fifth the pause is on.
  in(30s, [this] { post(delivery(body("late"), 99)); });
  work(jobs(5));
  EXPECT_GT(clock_.now() - begin, 30s);
  EXPECT_EQ(std::count(labels_.begin(), labels_.end(), "late"), 0);
  EXPECT_EQ(std::count(settled_.begin(), settled_.end(),
                       std::pair<std::uint64_t, Settlement>{99, Settlement::hand_back}),
            1);
}

TEST_F(FitnessTest, WhereThereIsNoOtherNodeNothingIsHeldAgainstThisOne) {
  settings_.judge_node = false;
  tasks_exit_with(3);
  const TimePoint begin = clock_.now();
  work(jobs(10));
  EXPECT_LT(clock_.now() - begin, 1min);
}

TEST_F(FitnessTest, ASelfTestRunsOnceBeforeTheFirstJob) {
  settings_.self_test = {"check", "gpu"};
  tasks_exit_with(0);
  const SessionSummary summary = work(jobs(2));
  EXPECT_EQ(labels_, (std::vector<std::string>{"self-test", "j0", "j1"}));
  EXPECT_EQ(summary.unfit, "");
  EXPECT_EQ(summary.completed, 2u);
}

TEST_F(FitnessTest, ANodeThatFailsItsSelfTestTakesNoJob) {
  settings_.self_test = {"check"};
  tasks_exit_with(7);
  const SessionSummary summary = work(jobs(2));
  EXPECT_EQ(labels_, std::vector<std::string>{"self-test"});
  EXPECT_NE(summary.unfit.find("exit code 7"), std::string::npos) << summary.unfit;
  EXPECT_FALSE(wanted_);
  EXPECT_TRUE(notice());
}

TEST_F(FitnessTest, ANoticeIsTakenBackOnceAJobCompletesHere) {
  settings_.self_test = {"check"};
  tasks_exit_with(7);
  work(jobs(1));
  ASSERT_TRUE(notice());
  settings_.self_test.clear();
  tasks_exit_with(0);
  work(jobs(1));
  EXPECT_FALSE(notice());
}

TEST_F(FitnessTest, ASelfTestThatHangsIsEndedAndTheNodeUnfit) {
  settings_.self_test = {"check"};
  const TimePoint begin = clock_.now();
  const SessionSummary summary = work(jobs(2));
  EXPECT_NE(summary.unfit.find("within 300 s"), std::string::npos) << summary.unfit;
  EXPECT_LT(clock_.now() - begin, 6min);
  EXPECT_EQ(stops_, std::vector<Duration>{Duration::zero()});
}

TEST_F(FitnessTest, ADrainDuringTheSelfTestIsNoVerdict) {
  settings_.self_test = {"check"};
  in(10s, [this] { post(DrainRequested{}); });
  const SessionSummary summary = work(jobs(2));
  EXPECT_EQ(summary.unfit, "");
  EXPECT_FALSE(notice());
}

TEST_F(FitnessTest, AStoreThatIsAwayDoesNotKeepAnUnfitWorkerAlive) {
  tasks_exit_with(69);
  settings_.last_save = 1s;
  store_.before_write = [](const std::string& key) {
    if (key.starts_with(".workers/")) throw Error(ErrorKind::unavailable, "away");
  };
  const SessionSummary summary = work(jobs(1));
  EXPECT_NE(summary.unfit, "");
}

}  // namespace
}  // namespace holdfast
