// A worker's handling of one delivery after another. Reads like the way of a job (docs/journey.md):
// claim, restore, run, end, settle. One thread, which waits at the inbox only.
#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/job_log.h"
#include "core/ending.h"
#include "core/job.h"
#include "worker/context.h"
#include "worker/fitness.h"
#include "worker/mail.h"
#include "worker/mean_time.h"
#include "worker/pocket.h"
#include "worker/supervisor.h"
#include "worker/watch.h"
#include "worker/workspace.h"

namespace holdfast {

// What a session did, for the summary and the exit code.
struct SessionSummary {
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t handed_back = 0;
  std::string failure;  // Why the worker cannot go on; empty if it drained or the queue was empty.
  std::string unfit;    // Why this node must not take jobs; empty if nothing speaks against it.
};

class Session {
 public:
  // Borrows everything.
  Session(const WorkerPorts& ports, const WorkerSettings& settings);

  // Works until it is drained, the queue is empty (`until_empty`), or it cannot go on.
  SessionSummary run();

 private:
  // An attempt that owns its job.
  struct Owned {
    const Job& job;
    const Delivery& delivery;
    std::string attempt_id;
    JobLog& log;
    Watch& watch;
  };
  enum class OnDrain { finish, give_up };

  bool takes_jobs() const { return !mail_.ending() && fitness_.unfit().empty(); }
  void handle(const Delivery& delivery);
  void show(WorkerStage stage) { ports_.board.stage.set(stage); }
  void show_idle();
  void handle_held(const Job& job, const Delivery& delivery);
  // The job runs elsewhere: its delivery waits beside the slot, or, if there is no room, in the
  // queue.
  void park(const Job& job, const Delivery& delivery, const Inquiry& inquiry);
  void handle_job(const Job& job, const Delivery& delivery);
  void run_attempt(const Owned& owned);
  bool restore(const Owned& owned, bool& resumed);
  TaskSpec task_spec(const Owned& owned, bool resumed, std::vector<std::string> arguments) const;

  // How an attempt may end; each writes the log, then settles.
  void conclude_superseded(const Owned& owned);
  void tell_gone(const Owned& owned);
  void conclude(const Owned& owned, Supervisor& supervisor, const TaskOutcome& outcome);
  void conclude_finished(const Owned& owned, const TaskOutcome& outcome);
  void conclude_ended(const Owned& owned, const EndedHow& how);
  void keep_output_tail(const Owned& owned, const std::string& tail);
  bool verified_completed(const Owned& owned);

  // What is unfinished of a job that has ended: publish its outputs, or its dead letter.
  void finish_ended_job(const Job& job, const Delivery& delivery, const Record& newest);
  void set_aside(const Delivery& delivery, const std::string& message_id,
                 const std::vector<std::pair<std::string, std::string>>& why);

  void set_aside_damaged(const Job& job, const Delivery& delivery, const std::string& what);

  // Sends one command and waits for its answer.
  TransferAnswer transfer(TransferWhat what);
  // As above, and answers who asks meanwhile. Given up once the attempt is superseded.
  TransferAnswer transfer_as_owner(const Owned& owned, TransferWhat what, OnDrain on_drain);
  // Between two tries of such a command.
  void pause_as_owner(const Owned& owned);
  // False if the worker ended before the queue confirmed the message.
  bool publish(const Message& message);
  // The same message again after `delay`, or at once without; else it goes back as it is.
  void replace_by_copy(const Delivery& delivery, Destination destination, Duration delay);
  // The slot's delivery.
  void settle(Settlement settlement);
  EndingNote note(const Owned& owned, const EndedHow& how) const;

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Pocket pocket_;
  Mail mail_;
  Workspace workspace_;
  MeanTime mean_time_;
  Fitness fitness_;
  SessionSummary summary_;
  std::uint64_t ran_seconds_ = 0;  // The task of the job at hand, once it has ended.
};

}  // namespace holdfast
