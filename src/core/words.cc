// The words by which enumerations stand in records, logs and output.
#include <array>
#include <string>

#include "base/check.h"
#include "core/attempt.h"
#include "core/dead_reason.h"
#include "core/ending.h"
#include "core/record.h"

namespace holdfast {

namespace {

struct EndingWord {
  Ending ending;
  std::string_view word;   // As records have it.
  std::string_view plain;  // Short: it stands beside bars, too.
};

// cmake/embed.cmake reads these lines, too: the dashboard says the same.
constexpr std::array kEndings = {
    EndingWord{Ending::finished, "finished", "finished"},
    EndingWord{Ending::interrupted, "interrupted", "interrupted"},
    EndingWord{Ending::checkpointed, "checkpointed", "asked to run again"},
    EndingWord{Ending::node_unfit, "node_unfit", "machine unfit"},
    EndingWord{Ending::failed, "failed", "failed"},
    EndingWord{Ending::out_of_memory, "out_of_memory", "out of memory"},
    EndingWord{Ending::stalled, "stalled", "no sign of life"},
    EndingWord{Ending::timed_out, "timed_out", "time limit reached"},
    EndingWord{Ending::refused, "refused", "job refused"},
    EndingWord{Ending::unrestorable, "unrestorable", "not restorable"},
    EndingWord{Ending::cancelled, "cancelled", "cancelled"},
    EndingWord{Ending::lost, "lost", "machine vanished"},
};

}  // namespace

std::string_view to_text(Ending ending) {
  for (const EndingWord& one : kEndings) {
    if (one.ending == ending) return one.word;
  }
  check(false, "every ending has a word");
  return {};
}

std::optional<Ending> ending_from_text(std::string_view text) {
  for (const EndingWord& one : kEndings) {
    if (one.word == text) return one.ending;
  }
  return std::nullopt;
}

std::string_view in_plain_words(Ending ending) {
  for (const EndingWord& one : kEndings) {
    if (one.ending == ending) return one.plain;
  }
  return to_text(ending);
}

std::string in_plain_words(const EndingNote& note) {
  const std::string plain(in_plain_words(note.ending));
  if (note.detail.empty() || note.detail == kLostDetail) return plain;
  // Every other detail says by itself how the attempt ended.
  const bool both = note.ending == Ending::failed || note.ending == Ending::lost;
  return both ? plain + ", " + note.detail : note.detail;
}

std::string_view meaning_of(std::string_view reason) {
  for (const DeadReason& one : kDeadReasons) {
    if (one.word == reason) return one.meaning;
  }
  return reason;
}

std::string why_dead(std::string_view reason, const std::string& error) {
  if (error.empty()) return std::string(meaning_of(reason));
  if (reason == to_text(Ending::failed)) return "failed, " + error;
  if (reason == to_text(Ending::unrestorable) || reason == "damaged") {
    return std::string(meaning_of(reason)) + ": " + error;
  }
  return error;  // As with endings, every other one says by itself what happened.
}

std::string dead_and_why(std::string_view reason) {
  if (reason.empty()) return "dead";
  const std::string_view meaning = meaning_of(reason);
  return "dead (" + std::string(reason) + ")" +
         (meaning == reason ? "" : ": " + std::string(meaning));
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
