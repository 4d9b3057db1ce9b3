// Finishes a job that has ended: publishes its result or its dead letter, and only then
// acknowledges its message. Any worker that gets the message of such a job continues where the
// previous one stopped.
#pragma once

#include <cstdint>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "worker/context.h"
#include "worker/group_guard.h"
#include "worker/session_events.h"
#include "worker/settler.h"

namespace holdfast {

class Finisher {
 public:
  // Borrows all.
  Finisher(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
           Settler& settler, GroupGuard& group_guard)
      : ports_(ports),
        settings_(settings),
        events_(events),
        settler_(settler),
        group_guard_(group_guard) {}

  // Settles the slot's delivery. `warning`: what a person would not expect of a completed job.
  // Throws Error (rejected, corrupt): the result cannot be published.
  void finish(const Job& job, const Delivery& delivery, const Record& newest,
              const std::string& warning = {});
  // What the store holds of this job cannot be read. Others are not worse off.
  void set_aside_damaged(const Job& job, const Delivery& delivery, const std::string& what);
  // Another job has this id: this one cannot run under it.
  void set_aside_taken(const Job& job, const Delivery& delivery, const Record& newest);
  // What the message holds is no job.
  void set_aside_unread(const Delivery& delivery, const std::string& why);

  std::uint64_t completed() const noexcept { return completed_; }

 private:
  void set_aside(const Job& job, const Delivery& delivery, const Record& newest);
  // Acknowledges the message, unless a person has brought the job back since `newest` was read:
  // the message that came with that may have been acknowledged as a second one of this job, or
  // taken for this one. Of a completed job, which few bring back, the log is read again only if we
  // know of another message.
  void settle_ended(const Job& job, const Record& newest);
  // False if the worker drains first.
  bool publish(const Job& job, const Record& newest);
  bool replaced(const Job& job, const Record& newest);
  // Removes what a forgotten job may have left in the store since it was forgotten. The worker that
  // ran it also records that it has stopped.
  void finish_forgotten(const Job& job, const Record& newest);
  void say_gone(const Job& job);
  void come_again();
  TransferAnswer transfer(TransferWhat what);
  // Whether this worker wrote the record.
  bool ours(const Record& newest) const;
  // Of a job, or of a message that is not a job, that becomes a dead letter without a log record.
  JobEnd dead_without_record(const std::string& job, const std::string& reason,
                             const std::string& what) const;
  void tell_end(JobEnd end, const Delivery& delivery, bool ours);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  Settler& settler_;
  GroupGuard& group_guard_;
  std::uint64_t completed_ = 0;
};

}  // namespace holdfast
