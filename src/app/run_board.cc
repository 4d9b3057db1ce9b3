#include "app/run_board.h"

#include <algorithm>
#include <cstdio>

#include "app/duration_text.h"
#include "app/terminal.h"
#include "core/text.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kWarningsMax = 1000;
constexpr Duration kTakeTry = std::chrono::minutes(1);  // Others hold it for microseconds.

std::string percent(double fraction) {
  return std::to_string(static_cast<int>(fraction * 100)) + " %";
}

std::string word(JobNews::Phase phase) {
  switch (phase) {
    case JobNews::Phase::claimed:
      return "starting";
    case JobNews::Phase::running:
      return "running";
    case JobNews::Phase::checkpointed:
    case JobNews::Phase::warned:
      return "running";
    case JobNews::Phase::storing:
      return "storing its result";
    case JobNews::Phase::completed:
      return "completed";
    case JobNews::Phase::waiting:
      return "waiting";
    case JobNews::Phase::dead:
      return "dead";
    case JobNews::Phase::cancelled:
      return "cancelled";
  }
  return {};
}

}  // namespace

RunBoard::RunBoard(std::size_t slots, Totals totals, bool live, const Clock& clock)
    : live_(live), clock_(clock), begin_(clock.now()) {
  State state;
  state.slots.resize(slots);
  state.totals = totals;
  state_.post(std::move(state));
}

RunBoard::State RunBoard::take() {
  for (;;) {  // Ends: who holds the state puts it back.
    if (auto state = state_.next(clock_.now() + kTakeTry)) return std::move(*state);
  }
}

void RunBoard::tell(std::size_t slot_number, const JobNews& news) {
  State state = take();
  Slot& slot = state.slots.at(slot_number);
  if (slot.job != news.job) slot = Slot{};
  if (news.phase == JobNews::Phase::warned) {
    slot.job = news.job;
    warn(slot, news, state.totals);
    return state_.post(std::move(state));
  }
  slot.job = news.job;
  slot.phase = news.phase;
  slot.attempt = news.attempt;
  if (news.progress) slot.progress = news.progress;
  slot.detail = news.detail;
  if (!news.printed.empty()) slot.printed = news.printed;
  if (news.phase == JobNews::Phase::claimed) slot.since = clock_.now();
  if (news.phase == JobNews::Phase::checkpointed) {
    std::erase_if(state.totals.warnings, [&news](const std::string& line) {
      return line.starts_with(news.job + ": checkpoint not stored");
    });
  }
  if (news.phase == JobNews::Phase::completed) {
    state.totals.completed += 1;
    if (!news.detail.empty()) state.totals.without_result += 1;
    state.completed.push_back(clock_.now());
    if (state.completed.size() > kCompletionsKept) state.completed.pop_front();
  }
  if (news.phase == JobNews::Phase::dead) state.totals.dead += 1;
  if (!live_) say_event(slot, news, state.totals);
  const bool over = news.phase == JobNews::Phase::completed || news.phase == JobNews::Phase::dead ||
                    news.phase == JobNews::Phase::waiting ||
                    news.phase == JobNews::Phase::cancelled;
  if (over) slot = Slot{};
  state_.post(std::move(state));
}

// The same again is said now and then only: while a store is away it comes every few seconds.
void RunBoard::warn(Slot& slot, const JobNews& news, Totals& totals) {
  const std::string line = news.job + ": " + news.detail;
  const auto of_this_job = [&](const std::string& other) {
    return other.starts_with(news.job + ": ");
  };
  std::erase_if(totals.warnings, of_this_job);
  if (totals.warnings.size() < kWarningsMax) totals.warnings.push_back(line);
  slot.detail = news.detail;
  const TimePoint now = clock_.now();
  const bool said = slot.warned == news.detail && now < slot.warning_said + kCheckpointLines;
  if (live_ || said) return;
  slot.warned = news.detail;
  slot.warning_said = now;
  say(line + "\n");
}

void RunBoard::say_event(Slot& slot, const JobNews& news, const Totals& totals) {
  const std::string attempt = "attempt " + std::to_string(news.attempt);
  const std::string of_all = " (" + grouped(totals.completed) + " of " + grouped(totals.jobs) + ")";
  switch (news.phase) {
    case JobNews::Phase::claimed:
      return say(news.job + ": started, " + attempt + "\n");
    case JobNews::Phase::checkpointed: {
      const TimePoint now = clock_.now();
      if (now < slot.checkpoint_said + kCheckpointLines) return;
      slot.checkpoint_said = now;
      const std::string progress = news.progress ? " at " + percent(*news.progress) : "";
      return say(news.job + ": checkpoint stored" + progress + "\n");
    }
    case JobNews::Phase::completed:
      return say(news.job + ": completed" + of_all +
                 (news.detail.empty() ? "" : ", but " + news.detail) + "\n");
    case JobNews::Phase::dead:
      return say(news.job + ": dead, " + news.detail + "\n");
    case JobNews::Phase::waiting:
      return say(news.job + ": will run again, " + news.detail + "\n");
    case JobNews::Phase::cancelled:
      return say(news.job + ": cancelled by " + news.detail + "\n");
    case JobNews::Phase::running:
    case JobNews::Phase::storing:
    case JobNews::Phase::warned:
      return;
  }
}

std::vector<std::string> RunBoard::lines() {
  State state = take();
  std::vector<std::string> lines;
  const Totals& totals = state.totals;
  const std::uint64_t ended = totals.completed + totals.dead;
  const double share =
      totals.jobs == 0 ? 1.0 : static_cast<double>(ended) / static_cast<double>(totals.jobs);
  for (std::size_t i = 0; i < state.slots.size(); ++i) {
    const Slot& slot = state.slots[i];
    if (i >= kSlotsShown) continue;
    std::string line = "slot " + std::to_string(i + 1) + "  ";
    if (slot.job.empty()) {
      line += "idle";
    } else {
      line += bar(slot.progress.value_or(0), kBarWidth) + " " + slot.job + "  " + word(slot.phase) +
              (slot.progress ? " " + percent(*slot.progress) : "") + "  " +
              short_text(clock_.now() - slot.since);
      if (slot.attempt > 1) line += "  attempt " + std::to_string(slot.attempt);
      if (!slot.detail.empty()) line += "  " + slot.detail;
      if (!slot.printed.empty()) line += "  | " + slot.printed;
    }
    lines.push_back(std::move(line));
  }
  if (state.slots.size() > kSlotsShown) {
    lines.push_back("and " + std::to_string(state.slots.size() - kSlotsShown) + " slots more");
  }
  lines.push_back("total   " + bar(share, kBarWidth) + " " + totals_text(state));
  state_.post(std::move(state));
  return lines;
}

std::string RunBoard::summary() {
  State state = take();
  std::string text = totals_text(state);
  state_.post(std::move(state));
  return text;
}

std::string RunBoard::totals_text(const State& state) const {
  const Totals& totals = state.totals;
  const auto running = static_cast<std::uint64_t>(
      std::ranges::count_if(state.slots, [](const Slot& slot) { return !slot.job.empty(); }));
  return grouped(totals.completed) + " of " + grouped(totals.jobs) + " completed, " +
         grouped(running) + " running" +
         (totals.dead > 0 ? ", " + grouped(totals.dead) + " dead" : "") + forecast_text(state);
}

// By what this run completed.
std::string RunBoard::forecast_text(const State& state) const {
  const Totals& totals = state.totals;
  if (state.completed.empty() || totals.jobs <= totals.completed + totals.dead) return {};
  const bool all = state.completed.size() < kCompletionsKept;
  const TimePoint from = all ? begin_ : state.completed.front();
  const auto window = std::chrono::ceil<std::chrono::seconds>(clock_.now() - from);
  const auto ahead = forecast({state.completed.size(), window.count()},
                              totals.jobs - totals.completed - totals.dead);
  if (!ahead) return {};
  const auto text = [](double seconds) {
    return short_text(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  };
  return ", done in about " + text(ahead->seconds) + " (" + text(ahead->seconds_low) + " to " +
         text(ahead->seconds_high) + ")";
}

// What is drawn would be drawn over it, so there it comes at the end.
void RunBoard::hint(const std::string& text) {
  if (!live_) return say(text + "\n");
  State state = take();
  state.totals.hint = text;
  state_.post(std::move(state));
}

RunBoard::Totals RunBoard::totals() {
  State state = take();
  const Totals totals = state.totals;
  state_.post(std::move(state));
  return totals;
}

}  // namespace holdfast
