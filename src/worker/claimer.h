// Takes the next attempt number of a job, or finds that there is nothing to run: the claim part of
// docs/protocol.md over a job's log.
#pragma once

#include <optional>
#include <string>

#include "checkpoint/job_log.h"
#include "core/job.h"
#include "worker/context.h"
#include "worker/inquiry.h"
#include "worker/mail.h"

namespace holdfast {

enum class [[nodiscard]] ClaimOutcome{
    claimed,    // The job is ours; the log's newest record is our claim.
    ended,      // It has ended, maybe by our setting it aside just now; finish and settle.
    elsewhere,  // Somebody else runs it, or may: park the delivery with inquiry().
    abandoned,  // The delivery is gone, or we are to end; nothing was decided.
};

class Claimer {
 public:
  Claimer(const WorkerPorts& ports, const WorkerSettings& settings, Mail& mail)
      : ports_(ports), settings_(settings), mail_(mail) {}

  // Waits for an answer only where one must come within seconds. Throws Error (rejected, corrupt).
  ClaimOutcome claim(const Job& job, const Delivery& delivery, const std::string& attempt_id,
                     JobLog& log);

  // After `elsewhere`: goes on where the claim ended.
  const Inquiry& inquiry() const { return *inquiry_; }

 private:
  bool keep_job(const Job& job, const JobLog& log);
  ClaimOutcome ask(const DeliveryFacts& facts, const JobLog& log);
  std::optional<AppendOutcome> append(JobLog& log, const JobLog::Step& step);
  bool give_up() const { return mail_.ending() || !mail_.holding(); }

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Mail& mail_;
  std::optional<Inquiry> inquiry_;
};

}  // namespace holdfast
