// holdfast resume: lets a group go on that stopped because too many of its jobs are dead.
#include "operate/resume.h"

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/commands/submission.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/random.h"
#include "operate/operate_json.h"

namespace holdfast {

namespace {

constexpr std::size_t kSaltBytes = 8;

}  // namespace

int resume_group(const ResumeOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const Settings settings = settings_of(options.place);
  QueueIndex index(settings, context.clock);
  static_cast<void>(jobs_of_group(index, context.clock, options.group));
  require_queue(index.queue(), context.clock);
  const auto publisher = make_publisher(index.queue(), "holdfast resume", context.clock);
  const auto held = make_held_jobs(index.queue(), context.clock);
  Random random = Random::from_system();
  std::optional<int> signal;
  const auto stop = [&] {
    if (!signal) signal = context.signals.take();
    return signal.has_value();
  };
  const ResumeSummary done =
      resume({*held, *publisher, index.store(), context.clock, index.layout()}, options.group, stop,
             [&] { return random.hex(kSaltBytes); });
  if (options.json) {
    print(resume_json(options.group, done.had_stopped, done.jobs) + "\n");
  } else if (!done.had_stopped && done.jobs == 0) {
    say("Group " + options.group + " had not stopped.\n");
  } else {
    say("Group " + options.group + " goes on: " + jobs_text(done.jobs) + " that " +
        (done.jobs == 1 ? "was" : "were") + " held " + (done.jobs == 1 ? "is" : "are") +
        " back in the queue. Its dead jobs stay dead: holdfast " + "dead list shows them\n");
  }
  return signal ? kExitSignalBase + *signal : kExitDone;
}

}  // namespace holdfast
