// Takes the next attempt number of a job, or finds that there is nothing to run: the claim part of
// docs/protocol.md over a job's log.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "joblog/job_log.h"
#include "worker/context.h"
#include "worker/inquiry.h"
#include "worker/session_events.h"
#include "worker/slot.h"
#include "worker/store_calls.h"

namespace holdfast {

enum class [[nodiscard]] ClaimOutcome{
    claimed,    // The job is ours; the log's newest record is our claim.
    ended,      // It has ended, maybe by our setting it aside just now; finish and settle.
    elsewhere,  // Somebody else runs it, or may: park the delivery with inquiry().
    replaced,   // A person has changed the job since this message was sent: it is void.
    id_taken,   // The log is that of another job, which has this id.
    abandoned,  // The delivery is gone, or we are to end; nothing was decided.
};

class Claimer {
 public:
  // Borrows all.
  Claimer(const WorkerPorts& ports, const WorkerSettings& settings, const Slot& slot,
          SessionEvents& events, StoreCalls& store_calls)
      : ports_(ports),
        settings_(settings),
        slot_(slot),
        events_(events),
        store_calls_(store_calls) {}

  // Waits for an answer only where one must come within seconds. Throws Error (rejected, corrupt).
  ClaimOutcome claim(const Job& job, const Delivery& delivery, const std::string& attempt_id,
                     JobLog& log);

  // After `elsewhere`: goes on where the claim ended.
  const Inquiry& inquiry() const { return *inquiry_; }

 private:
  // nullopt: the message is of the job that the log is of.
  std::optional<ClaimOutcome> judge_content(const Job& job, const Record& newest);
  bool keep_job(const Job& job, const JobLog& log);
  ClaimOutcome ask(const DeliveryFacts& facts, const JobLog& log);
  std::optional<AppendOutcome> append(JobLog& log, const JobLog::Step& step);
  bool give_up() const { return events_.ending() || !slot_.holding(); }

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  const Slot& slot_;
  SessionEvents& events_;
  StoreCalls& store_calls_;
  std::optional<Inquiry> inquiry_;
};

}  // namespace holdfast
