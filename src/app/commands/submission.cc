#include "app/commands/submission.h"

#include <unistd.h>

#include <optional>

#include "app/terminal.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(100);
constexpr std::size_t kBarWidth = 30;

std::string jobs_text(std::uint64_t count) {
  return grouped(count) + (count == 1 ? " job" : " jobs");
}

std::string rate_text(std::uint64_t count, Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 0.01) return {};
  return ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(count) / seconds)) +
         " a second";
}

void tell_changed(const JobList& list, const CheckedList& checked) {
  for (const ListedJob& job : checked.changed) {
    say("holdfast: warning: " + list.name() + ", line " + std::to_string(job.line) + ": job '" +
        job.id +
        "' was submitted with other content, which stands; a changed job needs a new id\n");
  }
  if (checked.changed_count > checked.changed.size()) {
    say("holdfast: warning: and " + grouped(checked.changed_count - checked.changed.size()) +
        " changed lines more\n");
  }
}

}  // namespace

JobList open_list(const std::string& name) {
  try {
    return JobList(name);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

CheckedList check_and_tell(const JobList& list, Ledger& ledger) {
  CheckedList checked = check_list(list, ledger);
  if (checked.faults_count == 0) {
    tell_changed(list, checked);
    return checked;
  }
  for (const ListFault& fault : checked.faults) {
    say(list.name() + ", line " + std::to_string(fault.line) + ": " + fault.what + "\n");
  }
  if (checked.faults_count > checked.faults.size()) {
    say("and " + grouped(checked.faults_count - checked.faults.size()) + " more\n");
  }
  throw UsageError(list.name() + " has " + grouped(checked.faults_count) +
                   (checked.faults_count == 1 ? " mistake" : " mistakes") +
                   "; nothing was submitted");
}

int send_and_tell(const JobList& list, const CheckedList& checked, Publisher& publisher,
                  Ledger& ledger, SubmitterWishes wishes, const CommandContext& context) {
  const std::uint64_t total = checked.jobs - checked.submitted;
  const bool live = can_redraw(STDERR_FILENO);
  const TimePoint begin = context.clock.now();
  TimePoint next_draw = begin;
  int signal = 0;
  LiveLines lines;
  wishes.stop = [&] {
    signal = context.signals.take().value_or(0);
    return signal != 0;
  };
  wishes.progress = [&](std::uint64_t confirmed) {
    const TimePoint now = context.clock.now();
    if (!live || now < next_draw) return;
    next_draw = now + kRedraw;
    const double share = static_cast<double>(confirmed) / static_cast<double>(total);
    lines.draw({bar(share, kBarWidth) + " " + grouped(confirmed) + " of " + jobs_text(total) +
                " submitted" + rate_text(confirmed, now - begin)});
  };
  wishes.outage = [&](const std::string& why) {
    lines.clear();
    say("holdfast: " + why + "; trying again\n");
  };
  const Submitted submitted =
      Submitter(publisher, ledger, context.clock, std::move(wishes)).submit(list);
  lines.clear();
  std::string text = jobs_text(submitted.confirmed) + " submitted" +
                     rate_text(submitted.confirmed, context.clock.now() - begin);
  if (checked.submitted > 0) text += "; " + jobs_text(checked.submitted) + " had been before";
  if (submitted.stopped) {
    text += "; stopped, " + jobs_text(total - submitted.confirmed) +
            " are left: the same command again submits them";
  }
  say(text + "\n");
  return submitted.stopped ? signal : 0;
}

}  // namespace holdfast
