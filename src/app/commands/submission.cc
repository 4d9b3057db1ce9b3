#include "app/commands/submission.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "app/command_line/closest.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "core/text.h"

namespace holdfast {

const char* const kUpdateMayChange =
    "the submitted version stays valid; --update changes jobs that have not begun, all others need "
    "a new id";
const char* const kStayAsTheyWere =
    "they have begun or ended and stay unchanged; to run the new version, give it a new id";

namespace {

constexpr Duration kRedraw = std::chrono::milliseconds(100);
constexpr std::size_t kBarWidth = 30;

std::string rate_text(std::uint64_t count, Duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 0.01) return {};
  return ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(count) / seconds)) +
         " a second";
}

std::string quoted_list(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "'" : ", '") + word + "'";
  return text;
}

// A field that no job has is a mistake in the command; one that some lack may be meant.
void check_fields(const JobList& list, const CheckedList& checked) {
  for (const auto& [name, lack] : checked.lacking) {
    if (lack.jobs < checked.jobs) {
      say("holdfast: warning: " + grouped(lack.jobs) + " of " + jobs_text(checked.jobs) + " of " +
          list.name() + " have no field '" + name + "', which the command needs, and will be " +
          "refused (the first is '" + lack.first.id + "' in line " +
          std::to_string(lack.first.line) + ")\n");
      continue;
    }
    throw UsageError("the command needs the field {" + name + "}, but no job of " + list.name() +
                     " has a field '" + name + "'" +
                     did_you_mean(name, {checked.fields.begin(), checked.fields.end()}) +
                     " The jobs have " + quoted_list(checked.fields) +
                     ". Nothing was started. Write {{" + name + "}} for the text {" + name + "}");
  }
}

}  // namespace

std::string jobs_text(std::uint64_t count) {
  return grouped(count) + (count == 1 ? " job" : " jobs");
}

JobList open_list(const std::string& name) {
  try {
    return JobList(name);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

CheckedList check_and_tell(const JobList& list, Ledger& ledger,
                           const std::set<std::string>& asked) {
  CheckedList checked = check_list(list, ledger, asked);
  if (checked.faults_count == 0) {
    check_fields(list, checked);
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

void tell_changed(const JobList& list, const std::map<std::string, std::uint64_t>& changed,
                  const std::string& what_stands) {
  if (changed.empty()) return;
  const auto& [id, line] =
      *std::min_element(changed.begin(), changed.end(),
                        [](const auto& a, const auto& b) { return a.second < b.second; });
  say("holdfast: warning: " + jobs_text(changed.size()) + " of " + list.name() +
      (changed.size() == 1 ? " differs" : " differ") + " from what was submitted (" +
      (changed.size() == 1 ? "" : "the first is ") + "'" + id + "' in line " +
      std::to_string(line) + "): " + what_stands + "\n");
}

Sent send_and_tell(const JobList& list, const CheckedList& checked, Publisher& publisher,
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
            " are left: run the same command again to submit them";
  }
  say(text + "\n");
  return {submitted.confirmed, submitted.stopped ? signal : 0};
}

}  // namespace holdfast
