// How an attempt gets the inputs of its job, before anything is restored.
#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "core/job_input.h"
#include "holdfast/error.h"
#include "worker/attempt.h"
#include "worker/log_throttle.h"

namespace holdfast {

bool Attempt::fetch_inputs() {
  make_private_folders(tools_.workspace.input());
  const InputReferences inputs = inputs_of(job_.fields);
  if (inputs.empty()) return true;
  const LogField job{"job", job_.id.text()};
  ports_.board.stage.set(WorkerStage::restoring);
  const TimePoint begin = ports_.clock.now();
  LogThrottle told;
  for (;;) {  // Ends when the inputs are there, cannot be, or the worker is drained.
    const TransferAnswer answer =
        transfer(FetchInputs{inputs, tools_.workspace.input()}, OnDrain::give_up);
    if (watch_.superseded()) {
      conclude_superseded();
      return false;
    }
    if (std::holds_alternative<TransferStopped>(answer)) {
      conclude_ended({Ending::interrupted, "drained while its inputs were fetched"});
      return false;
    }
    if (const auto* failed = std::get_if<TransferFailed>(&answer)) {
      const bool due = told.due(ports_.clock.now(), failed->kind);
      log(level_of_failure(failed->kind, due), "inputs not fetched",
          {job, {"error", failed->what}});
      if (!worth_waiting(failed->kind)) events_.fail(failed->what);
      tools_.store_calls.away(failed->what);
      if (events_.ending()) {
        // Its program never ran: that is held against the machine, not against the job.
        conclude_ended({Ending::interrupted, "its inputs were not fetched: " + failed->what});
        return false;
      }
      pause();
      continue;
    }
    tools_.store_calls.answered();
    const InputsOutcome& outcome = std::get<InputsFetched>(answer).outcome;
    using What = InputsOutcome::What;
    if (outcome.what == What::absent || outcome.what == What::refused) {
      const bool refused = outcome.what == What::refused;
      conclude_ended({Ending::refused, outcome.why}, {},
                     refused ? "input_refused" : "input_missing");
      return false;
    }
    if (outcome.what == What::not_yet) {
      log(LogLevel::info, "job waits for an input", {job, {"reason", outcome.why}});
      conclude_ended({Ending::interrupted, outcome.why, true});
      return false;
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now() - begin);
    log(LogLevel::info, "inputs delivered",
        {job,
         {"files", outcome.files},
         {"fetched_bytes", outcome.fetched_bytes},
         {"milliseconds", static_cast<std::uint64_t>(took.count())}});
    return true;
  }
}

}  // namespace holdfast
