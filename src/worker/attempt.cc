#include "worker/attempt.h"

#include <algorithm>
#include <filesystem>

#include "base/log.h"
#include "base/wall_time.h"
#include "core/arguments.h"
#include "core/job_input.h"
#include "core/step_back.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kPause = std::chrono::seconds(3);
// Programs make sockets below TMPDIR, whose names have 107 bytes at most; Python's workers need 32.
constexpr std::size_t kTemporaryFolderBytesMax = 72;

// Rounded up: zero would mean never.
std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
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
  LogThrottle told;
  while (!command.before.empty() && !watch_.superseded() && !events_.ending()) {
    const TransferAnswer answer = transfer(command, OnDrain::give_up);
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) return stored->result;
    const auto* failed = std::get_if<TransferFailed>(&answer);
    if (failed == nullptr) break;
    const bool due = told.due(ports_.clock.now(), failed->kind);
    log(level_of_failure(failed->kind, due), "result of an attempt before not looked for",
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
  LogThrottle told;
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
    const bool due = told.due(ports_.clock.now(), failed.kind);
    log(level_of_failure(failed.kind, due), "checkpoint not restored",
        {job_field(job_), {"error", failed.what}});
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

}  // namespace holdfast
