#include "status/why.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/wall_time.h"
#include "core/dead_reason.h"
#include "core/ending.h"
#include "core/text.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::int64_t seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string span_text(std::int64_t span) {
  if (span < 2 * kMinute) return std::to_string(span) + " s";
  if (span < 2 * kHour) return std::to_string(span / kMinute) + " min";
  if (span < 2 * kDay) return std::to_string(span / kHour) + " h";
  return std::to_string(span / kDay) + " d";
}

std::string count_text(std::uint64_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

class Paragraph {
 public:
  Paragraph& operator<<(const std::string& sentence) {
    if (!sentence.empty()) text_ += (text_.empty() ? "" : " ") + sentence;
    return *this;
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

// What is said of a job, built up sentence by sentence.
class Explainer {
 public:
  Explainer(const JobStatus& status, const WhyFacts& facts)
      : facts_(facts), job_(status.id.text()), record_(status.newest.value_or(Record{})) {
    status.newest ? explain_claimed() : explain_unclaimed();
  }

  Why why() && {
    why_.text = text_.text();
    return std::move(why_);
  }

 private:
  std::string command(const std::string& words) const {
    return "holdfast " + words + (facts_.words.empty() ? "" : " " + facts_.words);
  }

  void explain_claimed() {
    switch (record_.state) {
      case JobState::waiting:
        return explain_waiting();
      case JobState::running:
        return explain_running();
      case JobState::completed:
        return explain_completed();
      case JobState::dead:
        return explain_dead();
      case JobState::cancelled:
        return explain_cancelled();
    }
  }

  void explain_unclaimed() {
    if (facts_.place && !facts_.place->there) {
      why_.state = "unknown";
      text_ << "There is no job " + job_ +
                   ": it is not in the queue, and no worker has ever taken it."
            << "Its id may be misspelt, or its list was not submitted yet.";
      return;
    }
    why_.state = "queued";
    if (facts_.place) {
      text_ << job_ + " waits in the queue and has not begun.";
    } else if (!facts_.groups) {
      text_ << job_ + " has not begun: no worker has taken it yet, or no such job was submitted.";
    } else if (facts_.groups->empty()) {
      text_ << job_ +
                   " has not begun: no worker has taken it, and it is in no group that was "
                   "submitted. Its id may be misspelt. (A job that was submitted without the "
                   "store's settings is in no group either, and may still be waiting.)";
    } else {
      text_ << job_ + " was submitted with group " + facts_.groups->front() +
                   " and has not begun: no worker has taken it yet.";
    }
    say_queue();
  }

  // Who could take it, and who comes first.
  void say_queue() {
    const QueueCounts& queue = facts_.queue;
    if (facts_.stopped) {
      const auto& [group, stop] = *facts_.stopped;
      text_ << "Its group " + group + " stopped at " + stop.when + ", when " +
                   count_text(stop.dead, "of its jobs was", "of its jobs were") +
                   " dead. The job is held until you resume the group: " +
                   command("resume --group " + group) + ".";
      return;
    }
    if (facts_.place && facts_.place->held) {
      text_ << "A worker has received it and is about to start it.";
      return;
    }
    if (facts_.place) {
      text_ << (facts_.place->ahead == 0
                    ? std::string("It is the next one.")
                    : count_text(facts_.place->ahead, "job waits", "jobs wait") + " before it.");
    } else if (queue.waiting) {
      text_ << count_text(*queue.waiting, "job waits", "jobs wait") + " in the queue" +
                   (queue.in_flight ? ", and workers hold " + std::to_string(*queue.in_flight) + "."
                                    : ".");
    }
    if (facts_.place && !facts_.place->any_worker) {
      text_ << "No worker is running: run the list again (holdfast run) to continue.";
    } else if (!facts_.place && queue.in_flight && *queue.in_flight == 0) {
      text_ << "No worker has a job. Check that one is connected; holdfast work starts one.";
    }
    if (facts_.unfit.empty()) return;
    const UnfitNotice& one = facts_.unfit.back();
    text_ << count_text(facts_.unfit.size(), "worker takes", "workers take") + " no more jobs; " +
                 one.worker + ": " + one.reason + ".";
  }

  void say_last_ending() {
    if (record_.endings.empty()) return;
    const EndingNote& last = record_.endings.back();
    std::string sentence = "Attempt " + std::to_string(last.attempt.value) + " ended on " +
                           last.worker + " at " + last.when + ": ";
    text_ << sentence + in_plain_words(last) + ".";
  }

  void explain_waiting() {
    why_.state = "between_attempts";
    text_ << job_ + " waits for its next attempt.";
    say_last_ending();
    const auto& place = facts_.place;
    if (place && !place->there) {
      text_ << "But it is not in the queue. Put it back with " + command("dead requeue " + job_) +
                   ".";
      return;
    }
    if (place && place->not_before && *place->not_before > facts_.now) {
      why_.state = "retrying";
      why_.retry_at = to_text(*place->not_before);
      text_ << "It is tried again at " + *why_.retry_at + ", in " +
                   span_text(seconds(*place->not_before) - seconds(facts_.now)) +
                   ": a job waits after a failure, or when it asked to be tried later.";
    } else if (!place && !facts_.stopped && waits_a_while()) {
      say_retries();
    }
    if (why_.state != "retrying") say_queue();
    if (record_.failures_since_progress > 0) {
      text_ << "It has failed " + count_text(record_.failures_since_progress, "time", "times") +
                   " since it last made progress. After too many failures it is dead.";
    }
    say_resume();
  }

  // A broker counts the jobs that wait for their retry, and does not say which they are.
  void say_retries() {
    const auto& retrying = facts_.queue.retrying;
    if (retrying == 0U) {
      text_ << "No job waits for a retry now, so it is in the queue again.";
      return;
    }
    text_ << "It may still be waiting for its retry, 30 s to 30 min after that" +
                 (retrying ? " (" + count_text(*retrying, "job waits", "jobs wait") + " so now)."
                           : ".");
  }

  bool waits_a_while() const {
    return record_.deferrals > 0 ||
           (record_.failures_since_progress > 0 && !record_.endings.empty() &&
            record_.endings.back().ending != Ending::lost);
  }

  void say_resume() {
    if (record_.checkpoints.empty()) {
      text_ << "It has no checkpoint, so it will start from the beginning.";
      return;
    }
    const std::uint64_t from = record_.step_back.resume_from.value > 0
                                   ? record_.step_back.resume_from.value
                                   : record_.checkpoints.front().generation.value;
    text_ << "It will resume from checkpoint " + std::to_string(from) +
                 (record_.step_back.resume_from.value > 0
                      ? ", an older one, because attempts from a newer one failed."
                      : ".");
  }

  void explain_running() {
    why_.state = "running";
    text_ << job_ + " runs: attempt " + std::to_string(record_.attempt.value) + ", on " +
                 record_.worker + ".";
    const auto durable = wall_time_from(record_.progress.as_of);
    std::string reached;
    if (record_.progress.fraction) {
      reached = std::to_string(static_cast<int>(*record_.progress.fraction * 100)) + " %";
    }
    if (!record_.progress.status.empty()) {
      reached += (reached.empty() ? "" : ", ") + record_.progress.status;
    }
    if (!reached.empty()) text_ << "At its newest checkpoint it had reached " + reached + ".";
    if (durable) {
      const std::int64_t lag = std::max<std::int64_t>(seconds(facts_.now) - seconds(*durable), 0);
      text_ << (record_.checkpoints.empty()
                    ? "It has stored no checkpoint yet; the attempt began " + span_text(lag) +
                          " ago."
                    : "The work of the last " + span_text(lag) + " is in no checkpoint.");
    }
    if (record_.kind == RecordKind::asked) {
      why_.state = "asked_after";
      text_ << record_.asker + " has the job's message and asked at " + record_.when +
                   " whether that worker is still alive. If no answer comes, it takes over from "
                   "the newest checkpoint.";
    }
    if (facts_.place && !facts_.place->held) {
      text_ << "But no worker holds its message: that worker is gone, and the next one will resume "
               "from the newest checkpoint.";
    }
    say_last_line();
  }

  void say_last_line() {
    if (facts_.last_line.empty()) return;
    text_ << "The last line it printed: \"" + facts_.last_line + "\".";
  }

  void explain_completed() {
    why_.state = "completed";
    text_ << job_ + " was completed at " + record_.when + ", in " +
                 count_text(record_.attempt.value, "attempt", "attempts") + ", the last on " +
                 record_.worker + "."
          << "It does not run any more. " + command("fetch " + job_ + " --to DIR") +
                 " fetches its results.";
  }

  std::string cure() const {
    const std::string& reason = record_.reason;
    const std::string again = command("dead requeue " + job_) + " tries it again";
    if (reason == "failed" || reason == "stalled") {
      return "Look at what it printed (" + command("logs " + job_) + ") and fix the cause. Then " +
             again + ", from its newest checkpoint.";
    }
    if (reason == "out_of_memory") {
      return "Use a machine with more memory, or make the program need less. Then " + again + ".";
    }
    if (reason == "timed_out") {
      return "Start workers with a longer --time-limit. Then " + again +
             ", from its last checkpoint.";
    }
    if (reason == "refused") {
      return "Its program reports that this job can never work, or the command needs a field that "
             "the job does not have. Fix the job and submit it under another id.";
    }
    if (reason == "no_progress") {
      return "Its attempts end before a checkpoint is stored: it may crash its machines, or it "
             "needs checkpoints more often. When that is fixed, " +
             again + ".";
    }
    if (reason == "unrestorable") {
      return command("checkpoints list " + job_ + " --verify") +
             " shows which of its checkpoints are whole; " + command("dead requeue " + job_) +
             " --from-generation N resumes from one of them.";
    }
    return "It waits for your decision: " + command("dead show " + job_) +
           " shows everything that is known.";
  }

  void explain_dead() {
    why_.state = "dead";
    text_ << job_ + " is " + dead_and_why(record_.reason) + ".";
    say_last_ending();
    // What ended it often is that line.
    const bool said =
        !record_.endings.empty() && record_.endings.back().detail.ends_with(facts_.last_line);
    if (!said) say_last_line();
    text_ << cure();
  }

  void explain_forgotten() {
    why_.state = "forgotten";
    text_ << job_ + " was forgotten by " + record_.by + " at " + record_.when + ".";
    if (!record_.worker.empty()) {
      text_ << "Its worker, " + record_.worker +
                   ", reads the job's log every 15 s and then stops the program; it has not "
                   "confirmed that yet.";
    }
    text_ << "Nothing of it is kept, and its id stays taken. To run it again, submit it under a "
             "new id.";
  }

  void explain_cancelled() {
    if (is_forgotten(record_)) return explain_forgotten();
    const bool gone = facts_.log_ended || !ran_when_cancelled();
    why_.state = gone ? "cancelled" : "cancelling";
    text_ << job_ + " was cancelled" + (record_.by.empty() ? "" : " by " + record_.by) + " at " +
                 record_.when + ".";
    if (!gone) {
      text_ << "Its worker, " + record_.worker +
                   ", reads the job's log every 15 s and then stops the program; it has not "
                   "confirmed that yet.";
      return;
    }
    text_ << "It does not run, even if it is submitted again. " + command("dead requeue " + job_) +
                 " --even-cancelled puts it back in the queue.";
  }

  // The attempt had no ending before.
  bool ran_when_cancelled() const {
    return record_.attempt.value > 0 &&
           std::none_of(record_.endings.begin(), record_.endings.end(), [&](const EndingNote& one) {
             return one.attempt == record_.attempt && one.ending != Ending::cancelled;
           });
  }

  const WhyFacts& facts_;
  const std::string job_;
  const Record record_;
  Why why_;
  Paragraph text_;
};

}  // namespace

Why why(const JobStatus& status, const WhyFacts& facts) {
  return Explainer(status, facts).why();
}

std::string to_json(const JobStatus& status, const WhyFacts& facts, const Why& why) {
  const Json json = {
      {"job_id", status.id.text()},
      {"state", why.state},
      {"job_state", status.newest ? Json(to_text(status.newest->state)) : Json(nullptr)},
      {"text", why.text},
      {"retry_at", why.retry_at ? Json(*why.retry_at) : Json(nullptr)},
      {"ahead", facts.place ? Json(facts.place->ahead) : Json(nullptr)},
      {"last_line", facts.last_line.empty() ? Json(nullptr) : Json(facts.last_line)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
