// The delivery that the slot works on. It is held until the connection that brought it is lost,
// and again when a message of the same job comes back to us.
#pragma once

#include <optional>

#include "core/job.h"
#include "joblog/kept_job.h"
#include "ports/queue.h"

namespace holdfast {

class Slot {
 public:
  // The slot works on `job` by this delivery until release(); nullptr: the message holds none.
  void hold(const Delivery& delivery, const Job* job) {
    filled_ = Filled{delivery.tag, job != nullptr ? std::optional(*job) : std::nullopt};
  }
  void release() { filled_.reset(); }

  bool filled() const noexcept { return filled_.has_value(); }
  // On this job, not on another one with its id.
  bool works_on(const Job& job) const {
    return filled_ && filled_->job && filled_->job->id == job.id &&
           same_job(filled_->job->body, job.body);
  }
  bool holding() const noexcept { return filled_ && filled_->held; }
  DeliveryTag tag() const noexcept { return filled_->tag; }

  // The connection that brought it is gone, and the queue may hand it to somebody else.
  void lose();
  // A message of the same job takes the place of the lost one.
  void adopt(DeliveryTag tag) {
    filled_->tag = tag;
    filled_->held = true;
    filled_->another = true;
  }
  // A second message of the job was acknowledged, because one is enough.
  void meet_another() { filled_->another = true; }
  bool met_another() const noexcept { return filled_ && filled_->another; }

  // Somebody else may have a message of the slot's job, and not be patient.
  bool exposed() const noexcept { return filled_ && filled_->exposed; }
  void expose() noexcept { filled_->exposed = true; }

 private:
  struct Filled {
    DeliveryTag tag;
    std::optional<Job> job;
    bool held = true;
    bool exposed = false;
    bool another = false;  // A message was acknowledged, or adopted, besides the first.
  };
  std::optional<Filled> filled_;
};

}  // namespace holdfast
