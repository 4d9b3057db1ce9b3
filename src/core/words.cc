// The words by which enumerations stand in records, logs and output.
#include <array>
#include <utility>

#include "base/check.h"
#include "core/attempt.h"
#include "core/ending.h"
#include "core/record.h"

namespace holdfast {

namespace {

constexpr std::array<std::pair<Ending, std::string_view>, 12> kEndings = {{
    {Ending::finished, "finished"},
    {Ending::interrupted, "interrupted"},
    {Ending::checkpointed, "checkpointed"},
    {Ending::node_unfit, "node_unfit"},
    {Ending::failed, "failed"},
    {Ending::out_of_memory, "out_of_memory"},
    {Ending::stalled, "stalled"},
    {Ending::timed_out, "timed_out"},
    {Ending::refused, "refused"},
    {Ending::unrestorable, "unrestorable"},
    {Ending::cancelled, "cancelled"},
    {Ending::lost, "lost"},
}};

}  // namespace

std::string_view to_text(Ending ending) {
  for (const auto& [value, text] : kEndings) {
    if (value == ending) return text;
  }
  check(false, "every ending has a word");
  return {};
}

std::optional<Ending> ending_from_text(std::string_view text) {
  for (const auto& [value, word] : kEndings) {
    if (word == text) return value;
  }
  return std::nullopt;
}

std::string_view to_text(StopReason reason) {
  switch (reason) {
    case StopReason::drain:
      return "drain";
    case StopReason::time_limit:
      return "time_limit";
    case StopReason::stall:
      return "stall";
  }
  return {};
}

std::string_view to_text(JobState state) {
  switch (state) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::completed:
      return "completed";
    case JobState::dead:
      return "dead";
    case JobState::cancelled:
      return "cancelled";
  }
  return {};
}

bool is_end(JobState state) {
  return state == JobState::completed || state == JobState::dead || state == JobState::cancelled;
}

std::string_view to_text(RecordKind kind) {
  switch (kind) {
    case RecordKind::claimed:
      return "claimed";
    case RecordKind::checkpointed:
      return "checkpointed";
    case RecordKind::asked:
      return "asked";
    case RecordKind::answered:
      return "answered";
    case RecordKind::ended:
      return "ended";
    case RecordKind::completed:
      return "completed";
    case RecordKind::dead:
      return "dead";
    case RecordKind::cancelled:
      return "cancelled";
    case RecordKind::redriven:
      return "redriven";
  }
  return {};
}

}  // namespace holdfast
