#include "worker/attempt.h"

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/log.h"
#include "base/wall_time.h"
#include "checkpoint/exclusions.h"
#include "core/arguments.h"
#include "core/job_input.h"
#include "core/last_line.h"
#include "core/step_back.h"
#include "core/text.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "worker/output_in_checkpoint.h"

namespace holdfast {

namespace {

constexpr Duration kPause = std::chrono::seconds(3);
// Programs make sockets below TMPDIR, whose names have 107 bytes at most; Python's workers need 32.
constexpr std::size_t kTemporaryFolderBytesMax = 72;
constexpr Duration kLeftoverTime = std::chrono::seconds(5);

// Rounded up: zero would mean never.
std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

LogLevel level_of(const TransferFailed& failed) {
  return failed.kind == ErrorKind::denied ? LogLevel::error : LogLevel::warn;
}

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

}  // namespace

Attempt::Attempt(const AttemptTools& tools, const Job& job, const Delivery& delivery)
    : tools_(tools),
      ports_(tools.ports),
      settings_(tools.settings),
      events_(tools.events),
      job_(job),
      delivery_(delivery),
      id_(tools.ports.new_attempt_id()),
      log_(tools.ports.store, tools.ports.clock, job.id),
      watch_(tools.ports.clock, tools.settings, tools.slot, tools.events, log_, id_) {}

void Attempt::run() {
  time_sheet_.claimed(ports_.clock.now());
  started_ = to_text(ports_.clock.wall());
  watch_.looked();
  log(LogLevel::info, "job claimed",
      {job_field(job_),
       {"attempt", number().value},
       {"worker", settings_.worker},
       {"generation", log_.newest()->generation.value}});
  tools_.mean_time.claimed(*log_.newest(), id_);
  ports_.tell({job_.id.text(), JobNews::Phase::claimed, number().value, {}, {}});

  if (const auto result = find_result()) {
    const Progress progress = log_.newest()->progress;
    return complete(
        *result, progress,
        note({Ending::finished, "an attempt before had finished and stored its result"}), {});
  }
  if (watch_.superseded()) return conclude_superseded();

  Fields of_attempt = {{"checkpoint_dir", tools_.workspace.checkpoint().string()},
                       {"output_dir", tools_.workspace.output().string()},
                       {"attempt", std::to_string(number().value)},
                       {"slot", std::to_string(settings_.slot)}};
  for (const auto& [name, path] : input_paths(inputs_of(job_.fields))) {
    of_attempt[std::string(kInputField) + name] = (tools_.workspace.input() / path).string();
  }
  FilledArguments filled = fill_arguments(settings_.command, job_.fields, of_attempt);
  FilledArguments results = fill_arguments(settings_.results, job_.fields, of_attempt);
  for (const std::string& problem : {filled.problem, results.problem}) {
    if (!problem.empty()) return conclude_ended({Ending::refused, problem});
  }
  named_results_ = named_results(std::move(results.arguments));
  command_ = filled.arguments;
  if (!fetch_inputs() || !restore()) return;
  const Duration ran_before = std::chrono::seconds(log_.newest()->ran_total_seconds);
  if (settings_.time_limit > Duration::zero() && ran_before >= settings_.time_limit) {
    return conclude_ended({Ending::timed_out, "its attempts have run for " +
                                                  seconds_text(ran_before) +
                                                  " s, which is its time limit or more"});
  }

  Supervisor supervisor(ports_, settings_, events_, tools_.store_calls, log_, watch_, time_sheet_,
                        id_, job_.id.text(), tools_.mean_time.value());
  TaskOutcome outcome;
  show(WorkerStage::running);
  begin_log();
  try {
    outcome = supervisor.run(task_spec(std::move(filled.arguments)), tools_.workspace.snapshots(),
                             resumed_from_);
  } catch (const Error& error) {
    ports_.task_log.end(false);
    if (error.kind() == ErrorKind::machine && command_.front() != settings_.command.front()) {
      return conclude_without_program(error.what());
    }
    // The program is not there or cannot be run: no job can succeed on this worker.
    conclude_ended({Ending::interrupted, error.what()});
    events_.fail(error.what());
    return;
  }
  tools_.command_fit.program_started();
  conclude(supervisor, outcome);
}

// The job names its program, and it is not here. It is the job's fault if the list was made for
// this command, or another job's program was here; one such job must not end one worker after the
// other.
void Attempt::conclude_without_program(const std::string& what) {
  if (!settings_.judge_node || tools_.command_fit.has_started_program()) {
    return conclude_ended({Ending::failed, what});
  }
  conclude_ended({Ending::interrupted, what, /*later=*/true});
  const std::string cure = "Start this one where the programs are that jobs name";
  if (tools_.command_fit.doubt(job_.id, what, cure)) events_.fail(tools_.command_fit.wrong());
}

// One that ended otherwise had not finished. Fails like a restore that finds nothing: the program
// runs again then.
std::optional<StoredResult> Attempt::find_result() {
  constexpr std::size_t kAttemptsBackMax = 3;
  AdoptOutputs command{this_attempt(), {}};
  const std::vector<EndingNote>& endings = log_.newest()->endings;
  for (auto note = endings.rbegin(); note != endings.rend(); ++note) {
    const bool looked_far = command.before.size() == kAttemptsBackMax;
    if (note->ending != Ending::lost || note->attempt.value == 0 || looked_far) break;
    command.before.push_back(note->attempt);
  }
  while (!command.before.empty() && !watch_.superseded() && !events_.ending()) {
    const TransferAnswer answer = transfer(command, OnDrain::give_up);
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) return stored->result;
    const auto* failed = std::get_if<TransferFailed>(&answer);
    if (failed == nullptr) break;
    log(LogLevel::warn, "result of an attempt before not looked for",
        {job_field(job_), {"error", failed->what}});
    if (!worth_waiting(failed->kind)) break;
    tools_.store_calls.away(failed->what);
    pause();
  }
  return std::nullopt;
}

bool Attempt::restore() {
  show(WorkerStage::restoring);
  const Record newest = *log_.newest();  // A copy: the watch may see others meanwhile.
  ports_.board.attempt.set(newest.attempt.value);
  const Restore command{{job_.id, newest.attempt},
                        resume_order(newest),
                        // Who lets a job start anew does not mean what another program left.
                        newest.epoch.number > 1 ? "" : settings_.foreign_checkpoint,
                        tools_.workspace.checkpoint(),
                        tools_.workspace.output()};
  if (newest.step_back.resume_from.value > 0) {
    log(LogLevel::warn, "stepping back to an older checkpoint",
        {job_field(job_),
         {"generation", newest.step_back.resume_from.value},
         {"newest", newest.generation.value}});
  }
  for (;;) {  // Ends when the store answers or the worker is drained.
    const TransferAnswer answer = transfer(command, OnDrain::give_up);
    if (watch_.superseded()) {
      conclude_superseded();
      return false;
    }
    if (std::holds_alternative<TransferStopped>(answer)) {
      conclude_ended({Ending::interrupted, "drained while its checkpoint was restored"});
      return false;
    }
    if (const auto* restored = std::get_if<Restored>(&answer)) {
      tools_.store_calls.answered();
      resumed_ = restored->resumed;
      resumed_from_ = restored->checkpoint;
      if (resumed_) {
        log(LogLevel::info, "checkpoint restored",
            {job_field(job_),
             {"attempt", newest.attempt.value},
             {"generation", restored->checkpoint ? restored->checkpoint->generation.value : 0}});
      }
      return true;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    log(level_of(failed), "checkpoint not restored", {job_field(job_), {"error", failed.what}});
    if (failed.kind == ErrorKind::corrupt) {
      // Never from zero: a person decides (G8).
      conclude_ended({Ending::unrestorable, failed.what});
      return false;
    }
    if (!worth_waiting(failed.kind)) events_.fail(failed.what);
    tools_.store_calls.away(failed.what);
    if (events_.ending()) {
      // Its program never ran: that is held against the machine, not against the job.
      conclude_ended({Ending::interrupted, "its checkpoint was not restored: " + failed.what});
      return false;
    }
    pause();
  }
}

NamedResults Attempt::named_results(std::vector<std::string> patterns) const {
  NamedResults named{std::move(patterns), {{tools_.workspace.checkpoint()}}};
  if (!settings_.working_directory.empty()) {
    // Other attempts use it as well; the job's file was written when this one began.
    named.folders.push_back({settings_.working_directory, tools_.workspace.job_file()});
  }
  return named;
}

TaskSpec Attempt::task_spec(std::vector<std::string> arguments) const {
  const Workspace& workspace = tools_.workspace;
  TaskSpec spec;
  spec.label = job_.id.text();
  spec.arguments = std::move(arguments);
  spec.working_directory =
      settings_.working_directory.empty() ? workspace.checkpoint() : settings_.working_directory;
  spec.checkpoint_directory = workspace.checkpoint();
  spec.output_directory = workspace.output();
  spec.socket = workspace.socket();
  spec.passed_environment = settings_.passed_environment;
  spec.terminal = settings_.terminal;
  spec.user = settings_.run_as;
  spec.given_trees = {workspace.checkpoint(), workspace.output(), workspace.scratch(),
                      workspace.job_file()};
  spec.given_folders = {workspace.input()};  // Its files are kept for others, too.
  spec.environment = {
      {"HOLDFAST_JOB_ID", job_.id.text()},
      {"HOLDFAST_JOB_FILE", workspace.job_file().string()},
      {"HOLDFAST_ATTEMPT", std::to_string(number().value)},
      {"HOLDFAST_CHECKPOINT_DIR", workspace.checkpoint().string()},
      {"HOLDFAST_RESUMED", resumed_ ? "1" : "0"},
      {"HOLDFAST_INPUT_DIR", workspace.input().string()},
      {"HOLDFAST_OUTPUT_DIR", workspace.output().string()},
      {"HOLDFAST_SCRATCH_DIR", workspace.scratch().string()},
      {"HOLDFAST_STOP_GRACE", seconds_text(settings_.grace)},
  };
  if (settings_.terminal && ::getenv("TERM") == nullptr) spec.environment["TERM"] = "xterm";
  // Unless a person wants the worker's own, what programs leave in it goes with the job.
  const auto& passed = settings_.passed_environment;
  const bool own = std::find(passed.begin(), passed.end(), "TMPDIR") == passed.end();
  if (own && workspace.scratch().native().size() <= kTemporaryFolderBytesMax) {
    spec.environment["TMPDIR"] = workspace.scratch().string();
  }
  if (settings_.checkpoint_every > Duration::zero()) {
    spec.environment["HOLDFAST_CHECKPOINT_INTERVAL"] = seconds_text(settings_.checkpoint_every);
  }
  return spec;
}

TransferAnswer Attempt::transfer(TransferWhat what, OnDrain on_drain) {
  std::stop_source stop;
  ports_.transfer({std::move(what), stop.get_token()});
  for (;;) {  // Ends: every command is answered, soon if it is asked to stop.
    watch_.look_if_due();
    const bool drained = on_drain == OnDrain::give_up && events_.ending();
    if (watch_.superseded() || drained) stop.request_stop();
    const auto event = events_.next(watch_.due());
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) return *answer;
  }
}

void Attempt::pause() {
  const TimePoint again = ports_.clock.now() + kPause;
  while (ports_.clock.now() < again && !events_.draining()) {
    static_cast<void>(events_.next(std::min(again, watch_.due())));
    watch_.look_if_due();
  }
}

void Attempt::conclude(Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::handing_back);
  ran_seconds_ = whole_seconds(outcome.ran);
  ports_.task_log.end(false);
  if (outcome.superseded) return conclude_superseded();
  tools_.mean_time.ended(id_, {ran_seconds_, outcome.asked_to_stop == StopReason::drain});
  EndedHow how = classify({outcome.exit.code, outcome.exit.signal, outcome.asked_to_stop,
                           outcome.limit, outcome.exit.oom_kill, outcome.said_finished, outcome.ran,
                           outcome.exit.guard_lost, outcome.exit.note});
  if (counts_as_failure(how.ending) || how.ending == Ending::refused) {
    how.detail = with_last_line(how.detail, outcome.exit.code, outcome.exit.output_tail);
  }
  log(LogLevel::info, "task ended",
      {job_field(job_),
       {"attempt", number().value},
       {"ending", to_text(how.ending)},
       {"detail", how.detail}});
  if (how.ending == Ending::finished) return conclude_finished(supervisor, outcome);
  if (leaves_a_checkpoint(how.ending)) {
    remove_excluded(tools_.workspace.checkpoint(), settings_.excluded);
    put_output_in(tools_.workspace.checkpoint(), tools_.workspace.output());
    last_saved_ =
        supervisor.save_last(tools_.workspace.checkpoint(), how.ending == Ending::checkpointed,
                             ports_.clock.now() + settings_.last_save);
    if (!last_saved_) {
      log(LogLevel::warn, "last checkpoint not stored", {job_field(job_)});
      warn("last checkpoint not stored");
    }
  }
  // However short attempts are, no more checkpoints are kept than should be. Before the message is
  // settled: one that comes back meanwhile is adopted, and nobody would settle it after that.
  supervisor.remove_leftovers(ports_.clock.now() + kLeftoverTime);
  conclude_ended(how, outcome.progress);
}

// Not ours any more. A newer attempt runs it: the claim table decides when the message comes again.
void Attempt::conclude_superseded() {
  const Record newest = *log_.newest();
  if (!is_end(newest.state)) return tools_.settler.settle(Settlement::hand_back);
  if (newest.state == JobState::cancelled) tell_gone();
  tools_.finisher.finish(job_, delivery_, newest);
}

void Attempt::conclude_finished(Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::storing);
  ports_.tell({job_.id.text(), JobNews::Phase::storing, number().value, 1.0, {}});
  // The result may need the room that its snapshots take.
  supervisor.remove_leftovers(ports_.clock.now() + kLeftoverTime);
  if (const auto result = store_result()) {
    complete(*result, outcome.progress, note({Ending::finished, "finished"}),
             warning_of(outcome.exit, *result));
  }
}

// nullopt: the attempt has ended otherwise, and its delivery is settled.
std::optional<StoredResult> Attempt::store_result() {
  const StoreOutputs command{this_attempt(), tools_.workspace.output(), named_results_,
                             provenance()};
  // An outage turns no success into a failure: the outputs are stored later.
  // Nor does access that is refused for a while.
  for (;;) {  // Ends when they are stored, can never be, or are not ours to store any more.
    const TransferAnswer answer = transfer(command, OnDrain::finish);
    if (watch_.superseded()) {
      conclude_superseded();
      return std::nullopt;
    }
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) {
      tell_odd(stored->result.odd);
      return stored->result;
    }
    if (const auto* refused = std::get_if<OutputsRefused>(&answer)) {
      conclude_ended({Ending::failed, refused->why});
      return std::nullopt;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    log(level_of(failed), "result not stored", {job_field(job_), {"error", failed.what}});
    warn("result not stored: " + failed.what);
    if (!worth_waiting(failed.kind)) events_.fail(failed.what);
    if (events_.draining()) {
      conclude_ended({Ending::interrupted, "its result could not be stored: " + failed.what});
      return std::nullopt;
    }
    pause();
  }
}

Provenance Attempt::provenance() const {
  return {command_, settings_.version, settings_.worker,
          number(), started_,          to_text(ports_.clock.wall())};
}

void Attempt::tell_odd(const OddOutputs& odd) const {
  const auto tell = [this](const std::string& what, const std::vector<std::string>& paths) {
    constexpr std::size_t kNamed = 5;
    if (paths.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(paths.size(), kNamed); ++i) {
      names += (i == 0 ? "" : ", ") + paths[i];
    }
    if (paths.size() > kNamed) names += " and " + std::to_string(paths.size() - kNamed) + " more";
    log(LogLevel::warn, what, {job_field(job_), {"names", names}});
    warn(what + ": " + names);
  };
  tell("links that lead nowhere or back are listed in the result but not published", odd.links);
  tell("no file matches what --results names", odd.unmatched);
  tell("sockets, pipes or devices are left out of the result", odd.no_files);
}

void Attempt::warn(const std::string& what) const {
  ports_.tell({job_.id.text(), JobNews::Phase::warned, number().value, {}, what});
}

void Attempt::complete(const StoredResult& result, const Progress& progress,
                       const EndingNote& ending, const std::string& warning) {
  await_log();
  // Without any output, a checkpoint is all that there is of what it computed.
  const std::size_t kept =
      result.count > 0 ? settings_.checkpoints_kept_when_completed : settings_.checkpoints_kept;
  const auto appended = tools_.store_calls.until_answered(
      StoreCalls::Wait::for_a_result,
      [&](TimePoint deadline) {
        return log_.append_as_owner(
            id_,
            [&](const std::optional<Record>& newest) {
              return completed(*newest, result.digest, progress, ending, kept);
            },
            deadline);
      },
      [this] { return events_.draining(); });
  if (!appended) return tools_.settler.settle(Settlement::hand_back);
  if (*appended == AppendOutcome::superseded) return conclude_superseded();
  // Whoever meets the job next goes on from here.
  if (!verified_completed()) return tools_.settler.settle(Settlement::hand_back);
  tools_.fitness.ended(job_.id, *log_.newest());
  tools_.finisher.finish(job_, delivery_, *log_.newest(), warning);
}

// What a person would not expect of a job that is completed; empty if there is nothing.
std::string Attempt::warning_of(const TaskExited& exit, const StoredResult& result) const {
  if (result.count > 0) return {};
  std::error_code unreadable;
  if (!std::filesystem::is_empty(tools_.workspace.output(), unreadable) || unreadable) return {};
  std::string text = "nothing was left in HOLDFAST_OUTPUT_DIR";
  if (!settings_.results.empty()) text += ", and nothing matches --results";
  text += ", so there is no result";
  if (exit.left_running > 0) {
    text += "; " + std::to_string(exit.left_running) +
            (exit.left_running == 1 ? " process" : " processes") +
            " that it had started in the background still ran and had to be ended: a program must "
            "stay in the foreground until its work is done";
  }
  return text;
}

// A store whose create-if-absent is not atomic shows itself here, before anybody acts on it.
bool Attempt::verified_completed() {
  const std::string ours = to_json(*log_.newest());
  const std::uint64_t number = log_.newest()->number;
  const auto read = tools_.store_calls.until_answered(
      StoreCalls::Wait::for_a_result, [&](TimePoint deadline) { return log_.read(deadline); },
      [this] { return events_.draining(); });
  if (!read) return false;
  if (*read && to_json(**read) == ours) return true;
  // A person has let it run again, or has forgotten it: the next delivery tells.
  if (*read && (*read)->number > number) return false;
  events_.fail("the store told two workers that each created the same log record of job " +
               job_.id.text() + "; run `holdfast doctor`");
  return false;
}

void Attempt::conclude_ended(const EndedHow& how, const Progress& progress,
                             const std::string& dead_reason) {
  await_log();
  Consequence consequence;
  const EndingNote ending = note(how);
  const auto appended = tools_.store_calls.until_answered(
      StoreCalls::Wait::bounded,
      [&](TimePoint deadline) {
        return log_.append_as_owner(
            id_,
            [&](const std::optional<Record>& newest) {
              // A checkpoint whose answer was lost may have landed, and wiped out failures.
              const Record before = reported(*newest, progress);
              Record after = handed_back(before, ending, how.later);
              consequence = consequence_of(how.ending, before, after, settings_.retry);
              if (!dead_reason.empty()) consequence.reason = dead_reason;
              return consequence.state == JobState::dead ? dead(before, consequence.reason, ending)
                                                         : after;
            },
            deadline);
      },
      [this] { return events_.draining(); });
  if (!appended) return tools_.settler.settle(Settlement::hand_back);
  if (*appended == AppendOutcome::superseded) return conclude_superseded();
  tools_.fitness.ended(job_.id, *log_.newest());
  if (consequence.state == JobState::dead) {
    return tools_.finisher.finish(job_, delivery_, *log_.newest());
  }
  const Generation from = log_.newest()->step_back.resume_from;
  if (from.value > 0 && counts_as_failure(how.ending)) {
    log(LogLevel::warn, "the next attempt resumes from an older checkpoint",
        {job_field(job_), {"generation", from.value}});
  }
  ports_.tell({job_.id.text(), JobNews::Phase::waiting, number().value,
               log_.newest()->progress.fraction, how.detail});
  if (consequence.backoff == Duration::zero()) {
    return tools_.settler.settle(Settlement::hand_back);
  }
  // A copy waits out the backoff in the queue, so that no slot does.
  tools_.settler.replace_by_copy(delivery_, Destination::retry, consequence.backoff);
}

EndingNote Attempt::note(const EndedHow& how) const {
  const bool all_kept = how.ending == Ending::finished || last_saved_;
  return {number(),
          how.ending,
          settings_.worker,
          how.detail,
          to_text(ports_.clock.wall()),
          ran_seconds_,
          resumed_from_ ? resumed_from_->generation : Generation{},
          time_sheet_.total(ports_.clock.now(), how.ending, all_kept)};
}

}  // namespace holdfast
