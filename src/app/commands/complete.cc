// holdfast complete: what a shell may offer while a command line is typed, a word a line. "@file"
// and "@folder" ask the shell for names of files.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "app/command_line/completion.h"
#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/thread.h"
#include "index/job_groups.h"

namespace holdfast {

namespace {

// Somebody waits with a finger on the key.
constexpr Duration kLookTime = std::chrono::milliseconds(1500);
// More than a shell can show; of these the ones that changed last.
constexpr std::size_t kOfferedMax = 500;

// The places that the command line names so far, as the shell would have given them.
struct Places {
  PlaceOptions place;
  std::string state;
};

std::string with_home(const std::string& path) {
  const char* home = ::getenv("HOME");
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

Places places_of(const std::map<std::string, std::string>& given) {
  Places places;
  JobsNamed named;
  for (const auto& [name, value] : given) {
    if (name == "--env-file") {
      places.place.env_file = with_home(value);
    } else if (name == "--state") {
      places.state = with_home(value);
    } else if (name == "--list") {
      named.list = with_home(value);
    } else {
      places.place.flags[name] = value;  // What is no setting, nobody asks for.
    }
  }
  if (places.state.empty()) places.state = state_of(named, places.place, places.state);
  return places;
}

Words newest_jobs(QueueIndex& index, const std::string& typed, bool only_dead) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const auto keep_newest = [&] {
    const auto newer = [](const auto& a, const auto& b) { return a.first > b.first; };
    std::stable_sort(found.begin(), found.end(), newer);
    found.resize(std::min(found.size(), kOfferedMax));
  };
  index.jobs().read(
      [&](const IndexEntry& entry) {
        if (!entry.job.starts_with(typed)) return;
        if (only_dead && entry.state != JobState::dead) return;
        found.emplace_back(entry.changed, entry.job);
        if (found.size() >= 2 * kOfferedMax) keep_newest();
      },
      index.cache());
  keep_newest();
  Words jobs;
  for (auto& [changed, job] : found) jobs.push_back(std::move(job));
  return jobs;
}

Words groups(QueueIndex& index, const Clock& clock, const std::string& typed) {
  Words names = JobGroups(index.store(), clock, index.layout()).names();
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(typed); });
  names.resize(std::min(names.size(), kOfferedMax));
  return names;
}

// Nothing if it cannot be said: whoever carries out the command is told why.
Words look(const Completion& completion, const std::string& typed, Clock& clock) {
  try {
    const Places places = places_of(completion.given);
    QueueIndex index(places.place, places.state, clock);
    return completion.value == Completes::group
               ? groups(index, clock, typed)
               : newest_jobs(index, typed, completion.value == Completes::dead_job);
  } catch (const std::exception&) {
    return {};
  }
}

// Not a word while somebody types, whatever is warned of.
void be_silent() {
  set_log_level(LogLevel::off);
  const FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (nowhere.get() >= 0) ::dup2(nowhere.get(), STDERR_FILENO);
}

}  // namespace

int offer(const CompleteOptions& options, const CommandContext& context) {
  be_silent();
  SignalWatch::let_through();
  const Completion completion = complete(all_commands(), options.words);
  Words words = completion.words;
  const std::string typed = options.words.empty() ? "" : options.words.back();
  const bool in_the_store = completion.value == Completes::job ||
                            completion.value == Completes::dead_job ||
                            completion.value == Completes::group;
  // Both end with the process, also while a store does not answer: nobody is held up by it.
  Mailbox<Words> answer;
  std::thread looking;
  if (in_the_store && !typed.starts_with("-")) {
    looking =
        start_thread("a completion", [&] { answer.post(look(completion, typed, context.clock)); });
    const Words found = answer.next(context.clock.now() + kLookTime).value_or(Words());
    words.insert(words.end(), found.begin(), found.end());
  }
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  if (completion.value == Completes::file) text += "@file\n";
  if (completion.value == Completes::folder) text += "@folder\n";
  try {
    print(text);
  } catch (const std::exception&) {
    // Nobody wants to know any more.
  }
  ::_exit(kExitDone);
}

}  // namespace holdfast
