#include "status/job_status.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "base/wall_time.h"
#include "core/dead_reason.h"
#include "core/ending.h"
#include "core/store_layout.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "results/stored_outputs.h"
#include "status/account_json.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kResultsShownMax = 1000;

std::string state_text(const JobStatus& status) {
  if (!status.newest) return std::string(kUnclaimed);
  if (is_forgotten(*status.newest)) return std::string(kForgotten);
  return std::string(to_text(status.newest->state));
}

std::string time_text(std::uint64_t seconds) {
  constexpr std::uint64_t kMinute = 60;
  constexpr std::uint64_t kHour = 60 * kMinute;
  if (seconds < 2 * kMinute) return std::to_string(seconds) + " s";
  if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + " min";
  return std::to_string(seconds / kHour) + " h " + std::to_string(seconds % kHour / kMinute) +
         " min";
}

std::string times_text(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

std::string progress_text(const Progress& progress) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (progress.fraction) add(std::to_string(static_cast<int>(*progress.fraction * 100)) + " %");
  if (progress.step) add("step " + std::to_string(*progress.step));
  if (!progress.status.empty()) add(visible_line(progress.status));
  return text;
}

Json json_of(const Progress& progress) {
  Json json = Json::object();
  if (progress.fraction) json["fraction"] = *progress.fraction;
  if (progress.step) json["step"] = *progress.step;
  if (!progress.status.empty()) json["status"] = progress.status;
  if (!progress.as_of.empty()) json["as_of"] = progress.as_of;
  if (progress.ran_seconds > 0) json["ran_s"] = progress.ran_seconds;
  return json;
}

std::string what_it_is(const Output& output) {
  if (output.kind == OutputKind::folder) return "an empty folder";
  if (output.kind == OutputKind::symlink) return "a link to " + visible_line(output.target);
  return bytes_text(output.size_bytes);
}

}  // namespace

std::optional<std::uint64_t> lag_of(const Record& newest, const Clock& clock) {
  if (newest.state != JobState::running) return std::nullopt;
  const auto durable = wall_time_from(newest.progress.as_of);
  if (!durable) return std::nullopt;
  const auto lag = std::chrono::duration_cast<std::chrono::seconds>(clock.wall() - *durable);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(lag.count(), 0));
}

JobStatus look_at_job(Store& store, const Clock& clock, const JobId& id) {
  JobStatus status{.id = id};
  status.newest = JobLog(store, clock, id).read(clock.now() + kRequest);
  if (status.newest) status.lag_seconds = lag_of(*status.newest, clock);
  const auto result = status.newest ? result_of(*status.newest) : std::nullopt;
  if (!result) return status;
  const StoredOutputs stored(store, clock, StoreLayout(id), result->attempt, result->digest);
  status.results_count = stored.count();
  status.results_bytes = stored.size_bytes();
  status.made_by = stored.made_by();
  stored.for_each_page([&status](const std::vector<Output>& page) {
    const std::size_t room = kResultsShownMax - status.results.size();
    const auto end = page.begin() + static_cast<std::ptrdiff_t>(std::min(room, page.size()));
    status.results.insert(status.results.end(), page.begin(), end);
    return status.results.size() < kResultsShownMax;
  });
  return status;
}

std::string for_people(const JobStatus& status) {
  std::string text = status.id.text() + ": " + state_text(status);
  if (!status.newest) {
    return text + "\n  No worker has claimed this job yet, or no such job was submitted.\n";
  }
  const Record& newest = *status.newest;
  if (is_forgotten(newest)) {
    text += " by " + visible_line(newest.by) + " at " + visible_line(newest.when) + "\n";
    if (!newest.worker.empty()) {
      text += "  " + visible_line(newest.worker) +
              " ran it. This worker reads the job's log every 15 s and then stops the program; it "
              "has not confirmed that yet.\n";
    }
    return text +
           "  Nothing of it is kept, and its id stays taken. To run it again, submit it under a "
           "new id.\n";
  }
  if (newest.state == JobState::dead) {
    text = status.id.text() + ": " + visible_line(dead_and_why(newest.reason));
  }
  if (newest.state == JobState::cancelled && !newest.by.empty())
    text += " by " + visible_line(newest.by);
  if (newest.kind == RecordKind::redriven) {
    text += (is_unclaimed(newest) ? ", allowed to run again by " : ", requeued by ") +
            visible_line(newest.by);
  }
  if (newest.attempt.value > 0) {
    text += "\n  attempt      " + std::to_string(newest.attempt.value) + ", by " +
            visible_line(newest.worker);
  }
  if (newest.epoch.number > 1) {
    text += "\n  run again    " + times_text(newest.epoch.number - 1) + "; attempt " +
            std::to_string(newest.epoch.first_attempt.value) + " is the first since";
    if (newest.epoch.former_result) text += ", and the previous result stays until it completes";
  }
  text += "\n  last word    " + visible_line(newest.when);
  const std::string progress = progress_text(newest.progress);
  if (!progress.empty()) text += "\n  progress     " + progress;
  if (!newest.checkpoints.empty()) {
    const CheckpointRef& ref = newest.checkpoints.front();
    text += "\n  checkpoint   generation " + std::to_string(ref.generation.value) + ", " +
            bytes_text(ref.size_bytes) + ", stored by attempt " + std::to_string(ref.attempt.value);
  }
  if (status.lag_seconds) {
    text += "\n  not stored   the work of the last " + time_text(*status.lag_seconds);
  }
  if (!is_end(newest.state) && newest.step_back.resume_from.value > 0) {
    text += "\n  stepped back the next attempt resumes from generation " +
            std::to_string(newest.step_back.resume_from.value) +
            ", because attempts from a newer one failed, or because a person chose it";
  }
  TimeAccount spent = newest.spent;
  spent += newest.running;
  if (spent.paid() > 0) {
    text += "\n  goodput      " + goodput_text(spent);
    if (status.price) text += "\n  cost         " + cost_text(cost_of(spent, *status.price));
  }
  if (newest.failures_since_progress > 0) {
    text += "\n  failures     " + std::to_string(newest.failures_since_progress) +
            " since it made progress";
  }
  for (const EndingNote& note : newest.endings) {
    const std::string resumed =
        note.resumed.value > 0 ? ", resumed from generation " + std::to_string(note.resumed.value)
                               : "";
    text +=
        "\n  ended        attempt " + std::to_string(note.attempt.value) + ": " +
        visible_line(in_plain_words(note) + " (" + note.worker + ", " + note.when + resumed + ")");
  }
  if (newest.state == JobState::completed || newest.state == JobState::cancelled) {
    text +=
        "\n  from now on  it does not run again, even if it is submitted again; holdfast rerun "
        "runs it again";
  }
  if (newest.state == JobState::dead) {
    text +=
        "\n  from now on  it waits for your decision: holdfast dead show, holdfast dead requeue";
  }
  if (const auto& made_by = status.made_by) {
    std::string command;
    for (const std::string& word : made_by->command) command += shell_word(word) + " ";
    text += "\n  made by      " + visible_line(command) + "(holdfast " + made_by->version + ", " +
            visible_line(made_by->started) + " to " + visible_line(made_by->ended) + ")";
  }
  const StoreLayout layout(status.id);
  for (const Output& output : status.results) {
    const std::string name = visible_line(layout.output(output.path));
    text += "\n  result       " + name + ", " + what_it_is(output);
  }
  if (status.results_count > status.results.size()) {
    text += "\n  result       and " + std::to_string(status.results_count - status.results.size()) +
            " more; " + bytes_text(status.results_bytes) + " in all";
  }
  return text + "\n";
}

std::string to_json(const JobStatus& status) {
  Json json = {{"job_id", status.id.text()}, {"state", state_text(status)}};
  const Record newest = status.newest.value_or(Record{});
  json["attempt"] = newest.attempt.value;
  json["epoch"] = newest.epoch.number;
  json["generation"] = newest.generation.value;
  json["worker"] = newest.worker;
  json["progress"] = json_of(newest.progress);
  json["failures_since_progress"] = newest.failures_since_progress;
  json["attempts_since_progress"] = newest.attempts_since_progress;
  json["failures_total"] = newest.failures_total;
  json["lost_total"] = newest.lost_total;
  json["resume_from"] = newest.step_back.resume_from.value;
  json["reason"] = newest.reason;
  json["by"] = newest.by;
  TimeAccount spent = newest.spent;
  spent += newest.running;
  json["spent"] = json_of(spent);
  json["cost"] = cost_json(spent, status.price);
  json["endings"] = Json::array();
  for (const EndingNote& note : newest.endings) {
    json["endings"].push_back({{"attempt", note.attempt.value},
                               {"ending", to_text(note.ending)},
                               {"worker", note.worker},
                               {"detail", note.detail},
                               {"when", note.when},
                               {"ran_s", note.ran_seconds},
                               {"spent", json_of(note.spent)},
                               {"resumed", note.resumed.value}});
  }
  json["checkpoints"] = Json::array();
  for (const CheckpointRef& ref : newest.checkpoints) {
    json["checkpoints"].push_back({{"generation", ref.generation.value},
                                   {"attempt", ref.attempt.value},
                                   {"bytes", ref.size_bytes}});
  }
  json["results"] = Json::array();
  for (const Output& output : status.results) {
    json["results"].push_back({{"name", output.path},
                               {"bytes", output.size_bytes},
                               {"sha256", output.digest},
                               {"kind", to_text(output.kind)}});
  }
  json["results_count"] = status.results_count;
  json["results_bytes"] = status.results_bytes;
  if (const auto& made_by = status.made_by) {
    json["made_by"] = {{"command", made_by->command}, {"version", made_by->version},
                       {"worker", made_by->worker},   {"attempt", made_by->attempt.value},
                       {"started", made_by->started}, {"ended", made_by->ended}};
  }
  if (status.lag_seconds) json["lag_seconds"] = *status.lag_seconds;
  json["when"] = newest.when;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
