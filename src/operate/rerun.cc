#include "operate/rerun.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/thread_pool.h"
#include "base/wall_time.h"
#include "core/claim.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "joblog/kept_job.h"
#include "ports/all_confirmed.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr int kTriesMax = 20;
// Jobs whose logs are written before their messages are published, and at how many at a time.
constexpr std::size_t kBatch = 256;
constexpr int kWidth = 16;

class Rerunner {
 public:
  Rerunner(const RedrivePorts& ports, const RerunWishes& wishes) : ports_(ports), wishes_(wishes) {}

  RerunSummary run(const std::vector<JobId>& jobs) {
    for (std::size_t at = 0; at < jobs.size() && !wishes_.stop(); at += kBatch) {
      const auto begin = jobs.begin() + static_cast<std::ptrdiff_t>(at);
      const auto size = std::min(kBatch, jobs.size() - at);
      run_batch({begin, begin + static_cast<std::ptrdiff_t>(size)});
    }
    if (any_letter_) remove_letters();
    return summary_;
  }

 private:
  struct Prepared {
    RerunNews news;
    std::string body;
    bool may_have_letter = false;
    AttemptNumber last_attempt = {};  // Of the epochs before.
  };

  TimePoint deadline() const { return ports_.clock.now() + kStep; }

  void run_batch(const std::vector<JobId>& jobs) {
    std::vector<Prepared> batch;
    for (const JobId& id : jobs) batch.push_back({{id, Rerun::requeued, {}, {}}, {}});
    {
      ThreadPool pool(std::min(kWidth, static_cast<int>(batch.size())), /*background=*/false);
      for (Prepared& one : batch) {
        pool.give([this, &one] { prepare_unless_damaged(one); });
      }
      pool.finish();
    }
    const TimePoint until = deadline();
    for (const Prepared& one : batch) {
      if (one.news.outcome == Rerun::requeued) publish(one, until);
    }
    if (!all_confirmed(ports_.publisher, ports_.clock, until)) {
      throw Error(ErrorKind::unavailable,
                  "the queue does not confirm the messages of the jobs to run again; run the same "
                  "command again");
    }
    for (const Prepared& one : batch) {
      const bool done = one.news.outcome == Rerun::requeued;
      (done ? summary_.requeued : summary_.left_alone) += 1;
      if (done) requeued_.emplace(one.news.id.text(), one.last_attempt);
      any_letter_ = any_letter_ || (done && one.may_have_letter);
      wishes_.tell(one.news);
    }
  }

  // One damaged log shall not keep the others from running again.
  void prepare_unless_damaged(Prepared& one) {
    try {
      prepare(one);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      one.news.outcome = Rerun::damaged;
      one.news.detail = error.what();
    }
  }

  // Makes the log say that the job starts anew; `requeued` if it then needs its message.
  void prepare(Prepared& one) {
    JobLog log(ports_.store, ports_.clock, one.news.id);
    for (int i = 0; i < kTriesMax; ++i) {
      const auto& newest = log.read(deadline());
      if (newest) one.news.was = to_text(newest->state);
      const RerunDecision decision = decide_rerun(newest, wishes_.from);
      if (decision == RerunDecision::goes_on) return refuse(one, Rerun::goes_on);
      if (decision == RerunDecision::never_claimed) return refuse(one, Rerun::never_claimed);
      if (decision == RerunDecision::no_checkpoint) return refuse(one, Rerun::no_checkpoint);
      if (decision == RerunDecision::forgotten) return refuse(one, Rerun::forgotten);
      // Before the log says so: a job that waits and has no message would wait for ever.
      const auto body = read_kept_job(ports_.store, one.news.id, deadline());
      if (!body) return refuse(one, Rerun::without_message);
      one.body = *body;
      // An earlier try may have been broken off before the letter was removed.
      one.may_have_letter = newest->state == JobState::dead || decision == RerunDecision::publish;
      one.last_attempt = newest->attempt;  // None of the new epoch has begun, nor does the append.
      if (decision == RerunDecision::publish) return;
      const std::string when = to_text(ports_.clock.wall());
      const auto step = [&](const std::optional<Record>& before) {
        return holdfast::rerun(*before, wishes_.from, wishes_.by, when);
      };
      if (log.append_as_claimant(step, deadline()) == AppendOutcome::appended) return;
    }
    throw Error(ErrorKind::unavailable,
                "others keep writing to the log of job " + one.news.id.text());
  }

  static void refuse(Prepared& one, Rerun why) { one.news.outcome = why; }

  void publish(const Prepared& one, TimePoint until) {
    Message message;
    message.body = one.body;
    // Its own: nobody shall take it for the message of an earlier epoch, handed out again.
    message.message_id = id_of_copy(one.news.id.text(), wishes_.new_message_id());
    message.headers = ports_.headers(one.news.id);
    ports_.publisher.send(std::move(message), until);
  }

  void remove_letters() {
    while (!wishes_.stop()) {  // Ends with the letters.
      const auto letter = ports_.letters.next(deadline());
      if (!letter) return;
      const DeadLetterView view = view_of(*letter);
      if (is_former(view)) ports_.letters.remove(deadline());
    }
  }

  // Whether it is of an epoch before: a job may be dead again by now.
  bool is_former(const DeadLetterView& letter) const {
    if (!letter.job) return false;
    const auto requeued = requeued_.find(letter.job->text());
    if (requeued == requeued_.end()) return false;
    std::uint64_t attempts = 0;
    const char* const end = letter.attempts.data() + letter.attempts.size();
    const auto read = std::from_chars(letter.attempts.data(), end, attempts);
    return read.ec == std::errc() && read.ptr == end && attempts <= requeued->second.value;
  }

  const RedrivePorts& ports_;
  const RerunWishes& wishes_;
  bool any_letter_ = false;
  std::map<std::string, AttemptNumber> requeued_;
  RerunSummary summary_;
};

}  // namespace

RerunSummary rerun(const RedrivePorts& ports, const RerunWishes& wishes,
                   const std::vector<JobId>& jobs) {
  return Rerunner(ports, wishes).run(jobs);
}

}  // namespace holdfast
