#include "core/index_entry.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "base/wall_time.h"

namespace holdfast {

namespace {

constexpr int kBase = 36;
constexpr char kJobEnd = '~';  // A job id may hold one; what follows the last may not.
constexpr char kFieldEnd = ',';
constexpr double kWhole = 1000;  // Thousandths.

struct StateLetter {
  JobState state;
  char letter;
};
constexpr StateLetter kStates[] = {{JobState::waiting, 'w'},
                                   {JobState::running, 'r'},
                                   {JobState::completed, 'c'},
                                   {JobState::dead, 'd'},
                                   {JobState::cancelled, 'x'}};

std::string number_text(std::uint64_t number) {
  char digits[16];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number, kBase);
  return std::string(digits, end);
}

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number, kBase);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

std::int64_t seconds_of(const std::string& when) {
  const auto time = wall_time_from(when);
  if (!time) return 0;
  return std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

// The fields after the state, the most needed first.
std::vector<std::string> fields_of(const IndexEntry& entry) {
  std::vector<std::string> fields;
  const auto add_number = [&](char key, std::uint64_t number) {
    if (number != 0) fields.push_back(key + number_text(number));
  };
  const auto add_word = [&](char key, const std::string& word) {
    if (!word.empty()) fields.push_back(key + index_word(word));
  };
  add_number('t', static_cast<std::uint64_t>(std::max<std::int64_t>(entry.changed, 0)));
  add_number('a', entry.attempt);
  add_word('r', entry.reason);
  add_number('d', static_cast<std::uint64_t>(std::max<std::int64_t>(entry.durable, 0)));
  if (entry.fraction) {
    const double part = std::clamp(*entry.fraction, 0.0, 1.0) * kWhole;
    fields.push_back('p' + number_text(static_cast<std::uint64_t>(std::lround(part))));
  }
  add_number('s', entry.ran_seconds);
  add_number('f', entry.failures);
  add_word('w', entry.worker);
  add_word('e', entry.ending);
  add_number('u', entry.spent.useful);
  add_number('l', entry.spent.lost);
  add_number('x', entry.spent.failed);
  add_number('b', entry.spent.restoring);
  add_number('z', entry.spent.frozen);
  add_number('o', entry.spent.storing);
  add_number('g', entry.generation);
  if (entry.step) fields.push_back('n' + number_text(*entry.step));
  return fields;
}

// False if the field's value cannot be read.
bool take_field(IndexEntry& entry, char key, std::string_view value) {
  switch (key) {
    case 'r':
      entry.reason = value;
      return true;
    case 'w':
      entry.worker = value;
      return true;
    case 'e':
      entry.ending = value;
      return true;
    default:
      break;
  }
  const auto number = number_from(value);
  switch (key) {
    case 't':
      entry.changed = static_cast<std::int64_t>(number.value_or(0));
      break;
    case 'd':
      entry.durable = static_cast<std::int64_t>(number.value_or(0));
      break;
    case 'a':
      entry.attempt = number.value_or(0);
      break;
    case 'g':
      entry.generation = number.value_or(0);
      break;
    case 'f':
      entry.failures = static_cast<std::uint32_t>(number.value_or(0));
      break;
    case 's':
      entry.ran_seconds = number.value_or(0);
      break;
    case 'u':
      entry.spent.useful = number.value_or(0);
      break;
    case 'l':
      entry.spent.lost = number.value_or(0);
      break;
    case 'x':
      entry.spent.failed = number.value_or(0);
      break;
    case 'b':
      entry.spent.restoring = number.value_or(0);
      break;
    case 'z':
      entry.spent.frozen = number.value_or(0);
      break;
    case 'o':
      entry.spent.storing = number.value_or(0);
      break;
    case 'n':
      entry.step = number;
      break;
    case 'p':
      entry.fraction = static_cast<double>(number.value_or(0)) / kWhole;
      break;
    default:
      return true;  // Of a newer version.
  }
  return number.has_value();
}

// What stands before the next separator, which goes with it.
std::string_view take_part(std::string_view& text) {
  const std::size_t end = std::min(text.find(kFieldEnd), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

}  // namespace

std::string index_word(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) c = '_';
  }
  return text;
}

bool is_forgotten(const IndexEntry& entry) {
  return entry.state == JobState::cancelled && entry.reason == kForgotten;
}

std::optional<JobState> job_state_from_text(std::string_view text) {
  const auto* found =
      std::find_if(std::begin(kStates), std::end(kStates),
                   [&](const StateLetter& known) { return text == to_text(known.state); });
  if (found == std::end(kStates)) return std::nullopt;
  return found->state;
}

IndexEntry index_entry(const JobId& job, const Record& record) {
  IndexEntry entry;
  entry.job = job.text();
  entry.number = record.number;
  entry.state = record.state;
  entry.attempt = record.attempt.value;
  entry.generation = record.generation.value;
  entry.failures = record.failures_since_progress;
  entry.fraction = record.progress.fraction;
  entry.step = record.progress.step;
  entry.changed = seconds_of(record.when);
  entry.durable = seconds_of(record.progress.as_of);
  entry.ran_seconds = record.progress.ran_seconds;
  entry.spent = record.spent;
  entry.spent += record.running;
  if (!record.endings.empty()) {
    entry.ending = std::string(to_text(record.endings.back().ending));
    if (is_end(record.state)) entry.ran_seconds = record.endings.back().ran_seconds;
  }
  entry.reason = record.reason;
  entry.worker = index_word(record.worker);
  return entry;
}

std::string to_text(const IndexEntry& entry) {
  const auto* state = std::find_if(std::begin(kStates), std::end(kStates),
                                   [&](const auto& known) { return known.state == entry.state; });
  std::string text = entry.job + kJobEnd + number_text(entry.number) + kFieldEnd + state->letter;
  for (const std::string& field : fields_of(entry)) {
    if (text.size() + 1 + field.size() <= kIndexNameBytesMax) text += kFieldEnd + field;
  }
  return text;
}

std::optional<IndexEntry> index_entry_from_text(std::string_view text) {
  const std::size_t job_end = text.rfind(kJobEnd);
  if (job_end == std::string_view::npos) return std::nullopt;
  IndexEntry entry;
  entry.job = text.substr(0, job_end);
  if (!JobId::parse(entry.job)) return std::nullopt;
  std::string_view rest = text.substr(job_end + 1);
  const auto number = number_from(take_part(rest));
  const std::string_view letter = take_part(rest);
  const auto* state = std::find_if(std::begin(kStates), std::end(kStates), [&](const auto& known) {
    return letter.size() == 1 && letter.front() == known.letter;
  });
  if (!number || state == std::end(kStates)) return std::nullopt;
  entry.number = *number;
  entry.state = state->state;
  while (!rest.empty()) {
    const std::string_view field = take_part(rest);
    if (field.empty() || !take_field(entry, field.front(), field.substr(1))) return std::nullopt;
  }
  return entry;
}

}  // namespace holdfast
