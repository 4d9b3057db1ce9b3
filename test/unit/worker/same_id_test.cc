// An id alone does not make two messages one job: another list may use the same ids, and a person
// may have changed a job before it began.
#include <algorithm>

#include "core/job.h"
#include "core/store_layout.h"
#include "one_worker.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class SameIdTest : public OneWorker {
 protected:
  static constexpr const char* kOther = R"({"job_id":"a","steps":4})";

  SameIdTest() {
    task_ = [this](const TaskSpec& spec) {
      arguments_.push_back(spec.arguments.at(1));
      replace_file(std::filesystem::path(spec.environment.at("HOLDFAST_OUTPUT_DIR")) / "result",
                   "");
      in_exit_with(1min, 0);
    };
  }

  // Whoever claims first keeps the job.
  void keep(const std::string& body) {
    static_cast<void>(memory_.create(StoreLayout(*JobId::parse("a")).job(), body, kFar));
  }
  void change(const std::string& from, const std::string& to) {
    JobLog log(memory_, clock_, *JobId::parse("a"));
    log.read(kFar);
    const auto step = [&](const auto& r) {
      return revised(r, fingerprint(from), fingerprint(to), "anna", "now");
    };
    EXPECT_EQ(log.append_as_claimant(step, kFar), AppendOutcome::appended);
    keep(to);
  }
  // The letters that say that the id is taken.
  std::size_t letters() const {
    return static_cast<std::size_t>(
        std::count_if(published_.begin(), published_.end(), [](const Message& message) {
          const auto& headers = message.headers;
          return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
            return header == std::pair<std::string, std::string>("holdfast-reason", "id_taken");
          });
        }));
  }
  std::vector<std::uint64_t> completed_tags() const {
    std::vector<std::uint64_t> tags;
    for (const auto& [tag, settlement] : settled_) {
      if (settlement == Settlement::complete) tags.push_back(tag);
    }
    return tags;
  }

  std::vector<std::string> arguments_;  // Of each start.
};

TEST_F(SameIdTest, AJobThatWaitsIsNotGoneOnWithByTheMessageOfAnother) {
  keep(kBody);
  Elsewhere(*this, "a", "m1").hands_back();
  work({delivery(kOther, 1), delivery(kBody, 2)});
  EXPECT_EQ(letters(), 1u);
  EXPECT_EQ(arguments_, std::vector<std::string>{"3"});
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SameIdTest, OneWhoseJobRunsElsewhereIsSetAsideAtOnce) {
  keep(kBody);
  Elsewhere elsewhere(*this, "a", "m1");
  elsewhere.lives_for(5min);
  work({delivery(kOther, 1)});
  EXPECT_EQ(letters(), 1u);
  EXPECT_EQ(newest()->attempt_id, "elsewhere");
}

TEST_F(SameIdTest, WhatWasCancelledOrDeadIsNotTheEndOfAnother) {
  keep(kBody);
  Elsewhere(*this, "a", "m1").append([](const Record& r) {
    return dead(r, "failed", {r.attempt, Ending::failed, "pc-2", "exit code 1", "now"});
  });
  work({delivery(kOther, 1)});
  EXPECT_EQ(letters(), 1u);
}

TEST_F(SameIdTest, ASecondMessageOfAnotherJobIsNotTakenForOursWhileItRuns) {
  in(30s, [this] { post(delivery(kOther, 2)); });
  work({delivery(kBody, 1)});
  EXPECT_EQ(completed_tags(), std::vector<std::uint64_t>{1});
  EXPECT_NE(std::find(settled_.begin(), settled_.end(),
                      std::pair(std::uint64_t{2}, Settlement::hand_back)),
            settled_.end());
}

TEST_F(SameIdTest, OneThatComesInPlaceOfOursIsNotAdopted) {
  drain_when_empty_ = false;
  in(5min, [this] { post(DrainRequested{}); });
  in(20s, [this] { post(ConnectionLost{"a blip"}); });
  in(25s, [this] { post(ConnectionMade{}); });
  in(30s, [this] { post(delivery(kOther, 2)); });
  in(35s, [this] { post(delivery(kBody, 3)); });
  work({delivery(kBody, 1)});
  EXPECT_EQ(completed_tags(), std::vector<std::uint64_t>{3});
}

TEST_F(SameIdTest, TheMessageOfAChangedJobIsVoidAndTheNewOneRuns) {
  change(kBody, kOther);
  work({delivery(kBody, 1), delivery(kOther, 2)});
  EXPECT_EQ(letters(), 0u);
  EXPECT_EQ(arguments_, std::vector<std::string>{"4"});
  EXPECT_EQ(completed_tags(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(newest()->state, JobState::completed);
}

TEST_F(SameIdTest, AMessageFromBeforeTheChangeIsVoidAfterTheEndToo) {
  change(kBody, kOther);
  work({delivery(kOther, 1)});
  settled_.clear();
  work({delivery(kBody, 2)});
  EXPECT_EQ(letters(), 0u);
  EXPECT_EQ(completed_tags(), std::vector<std::uint64_t>{2});
}

TEST_F(SameIdTest, ThatOfAThirdListIsToldEvenBeforeTheNewContentIsKept) {
  JobLog log(memory_, clock_, *JobId::parse("a"));
  log.read(kFar);
  const auto step = [&](const auto& r) {
    return revised(r, fingerprint(kBody), fingerprint(kOther), "anna", "now");
  };
  ASSERT_EQ(log.append_as_claimant(step, kFar), AppendOutcome::appended);
  work({delivery(R"({"job_id":"a","steps":5})", 1)});
  EXPECT_EQ(letters(), 1u);
  EXPECT_EQ(tasks_started_, 0u);
}

}  // namespace
}  // namespace holdfast
