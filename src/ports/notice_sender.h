// Takes notifications to where people want them.
#pragma once

#include "base/time.h"
#include "core/notice.h"
#include "core/notify_target.h"

namespace holdfast {

// Who named a target: the user of this program, or the submitter of the job. A submitter must not
// reach, through us, servers that only we can reach.
enum class NamedBy { us, submitter };

class NoticeSender {
 public:
  virtual ~NoticeSender() = default;

  // Returns once it has arrived. Throws Error: `rejected` if it never goes there from here, any
  // other if it may arrive later; its text holds no secret. One thread.
  virtual void send(const Notice& notice, const NotifyTarget& target, NamedBy by,
                    TimePoint deadline) = 0;
};

}  // namespace holdfast
