#include "tasklog/log_keeper.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr Duration kRetryPause = std::chrono::seconds(5);
// No store and no disk is busy with logs for more than a twentieth of the time,
constexpr int kBusyShare = 20;
// but a log is never older than this for that reason.
constexpr Duration kPauseMax = std::chrono::seconds(20);
// What comes at the same time is stored together.
constexpr Duration kSettleMax = std::chrono::seconds(1);
constexpr Duration kEveryAtOnce = std::chrono::seconds(5);
// After that a log that could not be stored is given up.
constexpr Duration kEndedKept = std::chrono::minutes(10);
constexpr std::size_t kObjectsMax = 1000;
constexpr std::size_t kRewrittenMax = 256 * 1024;
// Where a log is stored every second, less is written anew each time.
constexpr Duration kQuick = std::chrono::seconds(5);
constexpr std::size_t kRewrittenQuicklyMax = 32 * 1024;

}  // namespace

LogKeeper::Log::Log(const JobId& job, AttemptNumber number, const TaskLogSettings& settings)
    : layout(job),
      attempt(number),
      buffer(settings.size_bytes_max,
             settings.store_every < kQuick ? kRewrittenQuicklyMax : kRewrittenMax),
      every(settings.store_every),
      settle(std::min<Duration>(settings.store_every / 4, kSettleMax)) {}

LogKeeper::LogKeeper(Store& store, const Clock& clock, const TaskLogSettings& settings,
                     std::function<void()> wake, std::function<void()> ended)
    : store_(store),
      clock_(clock),
      settings_(settings),
      wake_(std::move(wake)),
      ended_(std::move(ended)) {}

void LogKeeper::begin(const JobId& job, AttemptNumber attempt, bool at_once) {
  auto log = std::make_shared<Log>(job, attempt, settings_);
  if (at_once) {
    log->every = std::min(log->every, kEveryAtOnce);
    log->settle = Duration::zero();
  }
  log->next = clock_.now() + (at_once ? Duration::zero() : log->every);
  state_.with([&](State& state) {
    set_aside(state);
    state.current = state.last = std::move(log);
  });
}

void LogKeeper::append(std::string_view bytes) {
  using Milliseconds = std::chrono::milliseconds;
  const auto now = std::chrono::duration_cast<Milliseconds>(clock_.wall().time_since_epoch());
  bool first = false;
  state_.with([&](State& state) {
    if (!state.current) return;
    Log& log = *state.current;
    first = log.buffer.all_stored();
    if (first) log.next = std::max(log.next, clock_.now() + log.settle);
    log.buffer.append(bytes, now.count());
  });
  if (first) wake_();
}

void LogKeeper::store_soon() {
  bool something = false;
  state_.with([&](State& state) {
    if (!state.current || state.current->done() || state.current->failing) return;
    something = std::exchange(state.current->next, TimePoint{}) != TimePoint{};
  });
  if (something) wake_();
}

void LogKeeper::end(bool noted) {
  state_.with([&](State& state) {
    if (!state.last) return;
    Log& log = *state.last;
    log.end_to_note = noted;
    log.ended_at = clock_.now();
    if (!log.failing) log.next = TimePoint{};
    if (!state.current && noted) std::erase(state.ended, state.last);
    if (noted) state.current = state.last;
    set_aside(state);
  });
  wake_();
}

void LogKeeper::set_aside(State& state) {
  const LogPointer log = std::exchange(state.current, nullptr);
  if (!log || log->done()) return;
  state.ended.push_back(log);
  if (state.ended.size() > kEndedMax) state.ended.pop_front();
}

bool LogKeeper::busy() {
  bool any = false;
  state_.with([&](State& state) {
    any = std::ranges::any_of(state.ended, [](const LogPointer& log) { return !log->failing; });
  });
  return any;
}

bool LogKeeper::idle() {
  bool nothing = true;
  state_.with([&](State& state) {
    nothing = state.ended.empty() && (!state.current || state.current->done());
  });
  return nothing;
}

void LogKeeper::hurry() {
  state_.with([](State& state) {
    if (state.current) state.current->next = TimePoint{};
    for (const LogPointer& log : state.ended) log->next = TimePoint{};
  });
}

TimePoint LogKeeper::due() {
  TimePoint soonest = TimePoint::max();
  state_.with([&](State& state) {
    if (state.current && !state.current->done()) soonest = state.current->next;
    for (const LogPointer& log : state.ended) soonest = std::min(soonest, log->next);
  });
  return soonest;
}

void LogKeeper::store_due() {
  for (const LogPointer& log : due_logs(clock_.now())) store(log);
  drop_done();
}

std::vector<LogKeeper::LogPointer> LogKeeper::due_logs(TimePoint now) {
  std::vector<LogPointer> logs;
  state_.with([&](State& state) {
    const auto consider = [&](const LogPointer& log) {
      if (log && !log->done() && log->next <= now) logs.push_back(log);
    };
    for (const LogPointer& log : state.ended) consider(log);
    consider(state.current);
  });
  return logs;
}

void LogKeeper::store(const LogPointer& log) {
  const TimePoint began = clock_.now();
  const TimePoint usual = began + log->every;
  std::uint64_t below = 0;
  // What is printed while this goes on waits for its turn.
  state_.with([&](State&) {
    below = log->buffer.end();
    log->next = usual;
  });
  try {
    if (!std::exchange(log->stored_any, true)) forget_old_attempt(*log);
    while (store_next(*log, below)) {
    }
    const Duration took = clock_.now() - began;
    state_.with([&](State&) {
      log->failing = false;
      // Unless somebody wants it sooner by now.
      if (log->next != usual) return;
      log->next = std::max(usual, began + std::min<Duration>(kBusyShare * took, kPauseMax));
    });
  } catch (const Error& error) {
    failed(*log, error.what());
  }
}

bool LogKeeper::store_next(Log& log, std::uint64_t below) {
  std::optional<LogSegment> segment;
  bool notes_end = false;
  state_.with([&](State&) {
    segment = log.buffer.next(below);
    if (!segment && log.end_to_note) segment = log.buffer.last();
    if (!segment) return;
    notes_end = log.end_to_note && segment->end() == log.buffer.end();
    segment->ended = notes_end;
  });
  if (!segment) return false;
  const std::string object = to_object(*segment);
  store_.put(log.layout.log_segment(log.attempt, segment->first), object, sha256(object),
             clock_.now() + kRequest);
  state_.with([&](State&) {
    log.buffer.stored(*segment);
    if (notes_end) log.end_to_note = false;
  });
  keep_tail_short(log, *segment);
  return true;
}

void LogKeeper::keep_tail_short(Log& log, const LogSegment& segment) {
  if (segment.first < log.buffer.head_max()) return;
  if (log.tail.empty() || log.tail.back().first != segment.first) log.tail.push_back({});
  log.tail.back() = {segment.first, segment.text.size()};
  std::uint64_t total = 0;
  for (const Log::Stored& one : log.tail) total += one.size_bytes;
  while (total > log.buffer.tail_max() && log.tail.size() > 1) {
    store_.remove(log.layout.log_segment(log.attempt, log.tail.front().first),
                  clock_.now() + kRequest);
    total -= log.tail.front().size_bytes;
    log.tail.pop_front();
  }
}

// However often a job is interrupted, its logs take no more than so many attempts'.
void LogKeeper::forget_old_attempt(Log& log) {
  if (log.attempt.value <= kAttemptsKept) return;
  const std::string keys = log.layout.log_keys({log.attempt.value - kAttemptsKept});
  for (const ObjectEntry& object : store_.list(keys, "", kObjectsMax, clock_.now() + kRequest)) {
    store_.remove(object.key, clock_.now() + kRequest);
  }
}

void LogKeeper::failed(Log& log, const std::string& why) {
  bool said = false;
  state_.with([&](State&) {
    said = std::exchange(log.failing, true);
    log.next = clock_.now() + kRetryPause;
  });
  if (said) return;
  holdfast::log(LogLevel::warn, "task log not stored, trying again",
                {{"attempt", log.attempt.value}, {"error", why}});
}

void LogKeeper::drop_done() {
  bool any = false;
  const TimePoint now = clock_.now();
  state_.with([&](State& state) {
    const std::size_t before = state.ended.size();
    std::erase_if(state.ended, [&](const LogPointer& log) {
      return log->done() || now > log->ended_at + kEndedKept;
    });
    any = state.ended.size() < before;
  });
  if (any) ended_();
}

}  // namespace holdfast
