#include <nlohmann/json.hpp>

#include "core/dead_reason.h"
#include "core/notice.h"
#include "core/text.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kTextBytesMax = 2000;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(fitted(text, kTextBytesMax));
}

std::string count_text(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what;
}

}  // namespace

std::string notice_id(const std::string& job, std::uint64_t record) {
  return job + "/" + std::to_string(record);
}

JobEnd job_end(const JobId& job, const std::string& group, const Record& newest) {
  JobEnd end{job.text(), group, newest.state, newest.number, newest.attempt.value};
  end.worker = newest.worker;
  end.reason = newest.reason;
  if (newest.state == JobState::dead && !newest.endings.empty()) {
    end.detail = newest.endings.back().detail;
  }
  end.when = newest.when;
  return end;
}

Notice notice_of(const JobEnd& end) {
  Notice notice;
  notice.id = end.record > 0 ? notice_id(end.job, end.record) : end.job + "/" + end.reason;
  notice.event = end.state == JobState::completed ? "completed" : "dead";
  notice.text = "Job " + end.job + (end.state == JobState::completed ? " completed" : " is dead");
  if (end.attempt > 1) notice.text += " after " + count_text(end.attempt, "attempts");
  if (!end.reason.empty() || !end.detail.empty()) {
    notice.text += ": " + why_dead(end.reason, fitted(end.detail, kTextBytesMax));
  }
  notice.json = dumped({{"format", kFormat},
                        {"id", notice.id},
                        {"event", notice.event},
                        {"text", notice.text},
                        {"job_id", end.job},
                        {"record", end.record > 0 ? Json(end.record) : Json(nullptr)},
                        {"group", or_null(end.group)},
                        {"attempt", end.attempt},
                        {"worker", or_null(end.worker)},
                        {"reason", or_null(end.reason)},
                        {"detail", or_null(end.detail)},
                        {"when", end.when}});
  return notice;
}

Notice notice_of(const GroupEnd& end, const std::string& when) {
  Notice notice;
  notice.id = "group/" + end.group + "/" + end.digest;
  notice.event = "group_finished";
  notice.text = "Group " + end.group + " has finished: " + count_text(end.completed, "completed");
  if (end.dead > 0) notice.text += ", " + count_text(end.dead, "dead");
  if (end.cancelled > 0) notice.text += ", " + count_text(end.cancelled, "cancelled");
  notice.json = dumped({{"format", kFormat},
                        {"id", notice.id},
                        {"event", notice.event},
                        {"text", notice.text},
                        {"group", end.group},
                        {"jobs", end.jobs()},
                        {"completed", end.completed},
                        {"dead", end.dead},
                        {"cancelled", end.cancelled},
                        {"when", when}});
  return notice;
}

}  // namespace holdfast
