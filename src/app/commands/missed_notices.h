// Sending notifications that were missed, once or until a group has finished.
#pragma once

#include <string>
#include <vector>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "core/notify_target.h"
#include "ports/notice_sender.h"

namespace holdfast {

struct MissedPlan {
  std::vector<NotifyTarget> own = {};
  std::string group = {};  // Empty: all.
  bool only_own = false;
  bool follow = false;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;  // Tells of what went wrong only.
};

// The command's exit code. Throws Error.
int send_missed_notices(const MissedPlan& plan, QueueIndex& index, NoticeSender& sender,
                        const CommandContext& context);

}  // namespace holdfast
