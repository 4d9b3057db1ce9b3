// A notification: what became of a job or of a group of jobs, for who asked to be told
// (docs/notifications.md). Pure.
//
// It may be sent more than once, and by more than one worker; its id is then the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/job.h"
#include "core/record.h"

namespace holdfast {

// Headers of a job's message: its group, that whoever submitted it wishes notifications, and after
// how many dead jobs the group stops.
inline constexpr const char* kGroupHeader = "holdfast-group";
inline constexpr const char* kNotifyHeader = "holdfast-notify";
inline constexpr const char* kMaxDeadHeader = "holdfast-max-dead";

inline bool is_submitters_header(std::string_view name) {
  return name == kGroupHeader || name == kNotifyHeader || name == kMaxDeadHeader;
}

// A job has ended.
struct JobEnd {
  std::string job;
  std::string group = {};  // Empty: unknown, or none.
  JobState state = JobState::completed;
  // Of the record that says so; 0: none does, as of a message that is no job.
  std::uint64_t record = 0;
  std::uint64_t attempt = 0;
  std::string worker = {};
  std::string reason = {};  // dead: one word.
  std::string detail = {};  // dead: what the last attempt said.
  std::string when = {};
};

JobEnd job_end(const JobId& job, const std::string& group, const Record& newest);

// All jobs of a group have ended.
struct GroupEnd {
  std::string group;
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  // Of the ids, states and attempts of all its jobs. A group that gets more jobs, or has some
  // of its jobs run again, finishes again with another digest and another notification.
  std::string digest;

  std::uint64_t jobs() const { return completed + dead + cancelled; }
};

struct Notice {
  std::string id;     // JOB/RECORD, or group/NAME/DIGEST.
  std::string event;  // completed, dead or group_finished.
  std::string text;   // A sentence for people.
  std::string json;   // What is sent: one object on one line.
};

Notice notice_of(const JobEnd& end);
Notice notice_of(const GroupEnd& end, const std::string& when);

std::string notice_id(const std::string& job, std::uint64_t record);

}  // namespace holdfast
