// One attempt at a job, from its claim to its end: restore, run, conclude. It owns the job by its
// id, answers other workers that ask, and writes nothing more once it is superseded. Every ending
// writes the log first, then does what follows, then settles the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "core/ending.h"
#include "core/job.h"
#include "joblog/job_log.h"
#include "worker/command_fit.h"
#include "worker/context.h"
#include "worker/finisher.h"
#include "worker/fitness.h"
#include "worker/mean_time.h"
#include "worker/session_events.h"
#include "worker/settler.h"
#include "worker/slot.h"
#include "worker/store_calls.h"
#include "worker/supervisor.h"
#include "worker/time_sheet.h"
#include "worker/watch.h"
#include "worker/workspace.h"

namespace holdfast {

// What an attempt works with: all of its session.
struct AttemptTools {
  const WorkerPorts& ports;
  const WorkerSettings& settings;
  Slot& slot;
  SessionEvents& events;
  StoreCalls& store_calls;
  Settler& settler;
  Finisher& finisher;
  const Workspace& workspace;
  MeanTime& mean_time;
  Fitness& fitness;
  CommandFit& command_fit;
};

class Attempt {
 public:
  // Borrows everything.
  Attempt(const AttemptTools& tools, const Job& job, const Delivery& delivery);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  // What it is claimed with.
  const std::string& id() const noexcept { return id_; }
  JobLog& job_log() noexcept { return log_; }

  // The job is claimed. Returns when the delivery is settled. Throws Error (rejected, corrupt).
  void run();

 private:
  enum class OnDrain { finish, give_up };

  // The result that an attempt had stored whose worker vanished before the log could say so.
  std::optional<StoredResult> find_result();
  // Both: false if the attempt has ended otherwise, and its delivery is settled.
  bool fetch_inputs();
  bool restore();
  NamedResults named_results(std::vector<std::string> patterns) const;
  TaskSpec task_spec(std::vector<std::string> arguments) const;

  // How it may end.
  void conclude_superseded();
  void conclude_without_program(const std::string& what);
  void conclude(Supervisor& supervisor, const TaskOutcome& outcome);
  void conclude_finished(Supervisor& supervisor, const TaskOutcome& outcome);
  std::optional<StoredResult> store_result();
  Provenance provenance() const;
  void complete(const StoredResult& result, const Progress& progress, const EndingNote& ending,
                const std::string& warning);
  void tell_odd(const OddOutputs& odd) const;
  void warn(const std::string& what) const;
  // `dead_reason`: if the job is dead of it, for another reason than the ending itself says.
  void conclude_ended(const EndedHow& how, const Progress& progress = {},
                      const std::string& dead_reason = {});
  // False if it is not appended, and will not be: the delivery is settled then.
  bool append_end(StoreCalls::Wait wait, const JobLog::Step& step);
  std::string warning_of(const TaskExited& exit, const StoredResult& result) const;
  void begin_log();
  void tell_gone();
  void await_log();
  bool verified_completed();

  // Sends one command and waits for its answer; answers who asks meanwhile. Given up once the
  // attempt is superseded.
  TransferAnswer transfer(TransferWhat what, OnDrain on_drain);
  // Between two tries of such a command.
  void pause();

  void show(WorkerStage stage) { ports_.board.stage.set(stage); }
  EndingNote note(const EndedHow& how) const;
  AttemptNumber number() const { return log_.newest()->attempt; }
  AttemptOfJob this_attempt() const { return {job_.id, number()}; }

  const AttemptTools tools_;
  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  const Job& job_;
  const Delivery& delivery_;
  const std::string id_;
  JobLog log_;
  Watch watch_;
  NamedResults named_results_;
  TimeSheet time_sheet_;
  bool last_saved_ = false;  // What the program left is in a checkpoint.
  bool log_begun_ = false;   // Of what the task prints.
  bool resumed_ = false;     // The checkpoint directory holds something.
  std::optional<CheckpointRef> resumed_from_;
  std::vector<std::string> command_;  // As it is run.
  std::string started_;               // Wall time of the claim.
  std::uint64_t ran_seconds_ = 0;     // The task, once it has ended.
};

}  // namespace holdfast
