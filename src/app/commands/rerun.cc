// holdfast rerun: lets jobs that have ended start anew.
#include "operate/rerun.h"

#include "app/commands/commands.h"
#include "app/commands/named_jobs.h"
#include "app/commands/places.h"
#include "app/commands/wished_jobs.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/person.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "base/log.h"
#include "base/random.h"
#include "core/fleet_layout.h"
#include "core/text.h"
#include "operate/operate_json.h"

namespace holdfast {

namespace {

constexpr std::size_t kSaltBytes = 8;

// One word for programs.
std::string outcome_of(const RerunNews& news) {
  switch (news.outcome) {
    case Rerun::requeued:
      return "requeued";
    case Rerun::goes_on:
      return news.was;
    case Rerun::never_claimed:
      return "unclaimed";
    case Rerun::no_checkpoint:
      return "no_checkpoint";
    case Rerun::without_message:
      return "without_message";
    case Rerun::forgotten:
      return "forgotten";
    case Rerun::damaged:
      return "damaged";
  }
  return {};
}

std::string sentence_of(const RerunNews& news, StartFrom from) {
  const std::string name = news.id.text();
  switch (news.outcome) {
    case Rerun::requeued:
      if (news.was == to_text(JobState::waiting)) {
        return name +
               ": was back in the queue already; its message is sent once more, in case "
               "it was lost\n";
      }
      return name + ": back in the queue, starts " +
             (from == StartFrom::zero ? "from the beginning" : "from its newest checkpoint") + "\n";
    case Rerun::goes_on:
      return name + ": left alone, it " + (news.was == "running" ? "runs" : "waits") +
             "; only an ended job can be run again (to end it: holdfast cancel " + name + ")\n";
    case Rerun::never_claimed:
      return name +
             ": unchanged, no worker has taken it yet; if it is not in the queue, submit it\n";
    case Rerun::no_checkpoint:
      return name + ": unchanged, none of its checkpoints is kept; without --from-checkpoint it " +
             "starts from the beginning\n";
    case Rerun::without_message:
      return name +
             ": unchanged, it was cancelled before a worker had seen it, so the store has no copy "
             "of " +
             "its message; holdfast dead requeue " + name +
             " --even-cancelled, then holdfast submit LIST --again\n";
    case Rerun::forgotten:
      return name +
             ": unchanged, it was forgotten and nothing of it is kept; submit it under a new id\n";
    case Rerun::damaged:
      return name + ": left alone, because " + news.detail + "\n";
  }
  return {};
}

}  // namespace

int rerun_jobs(const RerunOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  const JobsNamed& named = options.named;
  require_named(named);
  const std::string state = state_of(named, options.place, options.state);
  const std::vector<JobId> ids = named_jobs(named, options.place, state, context.clock);
  const Settings settings = settings_of(options.place, state);
  const QueueConfig queue = existing_queue(settings);
  require_queue(queue, context.clock);
  StoreStack store(existing_store(settings), context.clock, FleetLayout(queue_name(queue)));
  WishedJobs wished(store.store(), context.clock, FleetLayout(queue_name(queue)));
  const auto publisher = make_publisher(queue, "holdfast rerun", context.clock);
  const auto letters = make_dead_letters(queue, context.clock);
  Random random = Random::from_system();
  std::optional<int> signal;
  RerunWishes wishes;
  wishes.from = options.from_checkpoint ? StartFrom::newest_checkpoint : StartFrom::zero;
  wishes.by = this_person();
  wishes.tell = [&](const RerunNews& news) {
    if (options.json) {
      print(rerun_json(news.id.text(), outcome_of(news), news.was) + "\n");
    } else if (news.outcome == Rerun::requeued) {
      print(sentence_of(news, wishes.from));
    } else {
      say(sentence_of(news, wishes.from));
    }
  };
  wishes.stop = [&] {
    if (!signal) signal = context.signals.take();
    return signal.has_value();
  };
  wishes.new_message_id = [&] { return random.hex(kSaltBytes); };
  const RerunSummary summary =
      rerun({*letters, *publisher, store.store(), context.clock,
             [&](const std::string& job) { return wished.headers_of(job); }},
            wishes, ids);
  if (!options.json && ids.size() > 1) {
    say(grouped(summary.requeued) + (summary.requeued == 1 ? " job" : " jobs") +
        " back in the queue" +
        (summary.left_alone > 0 ? ", " + grouped(summary.left_alone) + " left alone" : "") + "\n");
  }
  if (signal) return kExitSignalBase + *signal;
  return summary.left_alone == 0 ? kExitDone : kExitNotAll;
}

}  // namespace holdfast
