// Whether this node is fit to run jobs: a self-test before the first one, the program's own word
// (exit 69), and what becomes elsewhere of the jobs that failed here. One thread.
#pragma once

#include <string>

#include "core/job.h"
#include "core/suspicion.h"
#include "worker/context.h"
#include "worker/session_events.h"
#include "worker/workspace.h"

namespace holdfast {

class Fitness {
 public:
  // Borrows all.
  Fitness(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
          Workspace& workspace);

  // Why this node is unfit; empty as long as nothing is known against it.
  const std::string& unfit() const { return unfit_; }

  // Runs the self-test, if there is one, until it ends or its time is over. Throws Error.
  void test();
  // An attempt of ours ended; `after` is the record that says so.
  void ended(const JobId& job, const Record& after);
  // Between two jobs: looks what became of those that failed here, and waits if one after the
  // other did. Takes an old notice back once a job has completed here.
  void judge();
  // Tells those who look after the fleet, if the store can be reached.
  void say();

 private:
  void read_logs();
  void take_notice_back();

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  Workspace& workspace_;
  Suspicion suspicion_;
  bool news_ = false;       // A job ended since the last judgement.
  bool completed_ = false;  // A job did, here.
  bool notice_gone_ = false;
  std::string unfit_;
};

}  // namespace holdfast
