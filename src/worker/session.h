// A worker's handling of one delivery after another. Reads like the way of a job (docs/journey.md):
// claim, attempt, settle. One thread, which waits at the inbox only.
#pragma once

#include <cstdint>
#include <string>

#include "core/job.h"
#include "worker/attempt.h"
#include "worker/command_fit.h"
#include "worker/context.h"
#include "worker/finisher.h"
#include "worker/fitness.h"
#include "worker/group_guard.h"
#include "worker/inquiry.h"
#include "worker/mean_time.h"
#include "worker/parked_deliveries.h"
#include "worker/session_events.h"
#include "worker/settler.h"
#include "worker/slot.h"
#include "worker/store_calls.h"
#include "worker/workspace.h"

namespace holdfast {

// What a session did, for the summary and the exit code.
struct SessionSummary {
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t handed_back = 0;
  std::string failure;  // Why the worker cannot go on; empty if it drained or the queue was empty.
  std::string unfit;    // Why this node must not take jobs; empty if nothing speaks against it.
  std::string wrong_command;  // How the worker's command does not fit the jobs; empty if it does.
};

class Session {
 public:
  // Borrows everything.
  Session(const WorkerPorts& ports, const WorkerSettings& settings);

  // Works until it is drained, the queue is empty (`until_empty`), or it cannot go on.
  SessionSummary run();

 private:
  bool takes_jobs() const { return !events_.ending() && fitness_.unfit().empty(); }
  void handle(const Delivery& delivery);
  void show_idle();
  void clear_workspace();
  void handle_held(const Job& job, const Delivery& delivery);
  void handle_job(const Job& job, const Delivery& delivery);
  // Whether the job was left to others because the command asks for a field that it lacks: until
  // one job had all, it is the command that is wrong and not the jobs.
  bool left_to_others(const Job& job, const Delivery& delivery);
  // Whether its group has stopped, and the job was put where it waits for that to end.
  bool kept_back(const Job& job, const Delivery& delivery);
  // The job runs elsewhere: its delivery waits beside the slot, or, if there is no room, in the
  // queue.
  void park(const Job& job, const Delivery& delivery, const Inquiry& inquiry);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Slot slot_;
  ParkedDeliveries parked_;
  SessionEvents events_;
  StoreCalls store_calls_;
  Settler settler_;
  GroupGuard group_guard_;
  Finisher finisher_;
  Workspace workspace_;
  MeanTime mean_time_;
  Fitness fitness_;
  CommandFit command_fit_;
};

}  // namespace holdfast
