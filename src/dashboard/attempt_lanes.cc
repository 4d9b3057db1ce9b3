#include "dashboard/attempt_lanes.h"

#include <algorithm>
#include <chrono>

#include "base/wall_time.h"

namespace holdfast {

namespace {

// More than any job has: who claims for ever is cut off, not drawn.
constexpr std::size_t kLanesMax = 2000;
constexpr std::size_t kCheckpointsPerLaneMax = 2000;
constexpr std::size_t kEventsMax = 500;
constexpr std::uint64_t kMillisecondsPerSecond = 1000;

std::int64_t seconds_of(const std::string& when) {
  const auto time = wall_time_from(when);
  if (!time) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

}  // namespace

AttemptLane* JobLanes::lane_of(AttemptNumber attempt) {
  for (auto lane = lanes.rbegin(); lane != lanes.rend(); ++lane) {
    if (lane->attempt == attempt.value) return &*lane;
  }
  return nullptr;
}

void JobLanes::end_lane(const EndingNote& note, const Record& record) {
  AttemptLane* const lane = lane_of(note.attempt);
  if (lane == nullptr || lane->ended) return;
  lane->ended = true;
  lane->ending = note.ending;
  // The log counts such attempts in a row.
  lane->later = record.kind == RecordKind::ended && record.deferrals > 0;
  lane->detail = note.detail;
  lane->resumed = note.resumed.value;
  lane->ran_seconds = note.ran_seconds;
  lane->spent = note.spent;
  lane->end = lane->taken_over = seconds_of(record.when);
  if (note.ending != Ending::lost) return;
  const auto paid = static_cast<std::int64_t>(note.spent.paid() / kMillisecondsPerSecond);
  lane->end = std::max(lane->last_sign, lane->claimed + paid);
}

void JobLanes::add(const Record& record) {
  const std::int64_t when = seconds_of(record.when);
  // A claim carries the ending of an attempt before it that vanished.
  for (const EndingNote& note : record.endings) end_lane(note, record);
  if (record.kind == RecordKind::claimed && lanes.size() < kLanesMax) {
    AttemptLane lane;
    lane.attempt = record.attempt.value;
    lane.worker = record.worker;
    lane.claimed = lane.last_sign = when;
    lanes.push_back(std::move(lane));
  }
  AttemptLane* const lane = lane_of(record.attempt);
  if (lane != nullptr && !lane->ended &&
      (record.kind == RecordKind::checkpointed || record.kind == RecordKind::answered)) {
    lane->last_sign = std::max(lane->last_sign, when);
    lane->spent = record.running;
  }
  if (record.kind == RecordKind::checkpointed && lane != nullptr && !record.checkpoints.empty() &&
      lane->checkpoints.size() < kCheckpointsPerLaneMax) {
    const CheckpointRef& ref = record.checkpoints.front();
    lane->checkpoints.push_back({ref.generation.value, ref.size_bytes, when,
                                 seconds_of(record.progress.as_of), record.progress.ran_seconds,
                                 record.progress.fraction, record.progress.step});
  }
  const bool tells = record.kind == RecordKind::redriven || is_end(record.state) ||
                     record.kind == RecordKind::asked;
  if (!tells || events.size() >= kEventsMax) return;
  events.push_back({record.kind, when, record.kind == RecordKind::asked ? record.asker : record.by,
                    record.reason});
}

}  // namespace holdfast
