// Sends the notifications that were missed because a worker vanished or a receiver was down
// for longer than its workers ran. Reads every request for notifications and the state of its jobs,
// and skips what the ledger has as sent. One that is being sent right now may be sent twice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "notify/notify_ledger.h"
#include "ports/clock.h"
#include "ports/notice_sender.h"
#include "ports/store.h"

namespace holdfast {

struct MissedWishes {
  // What whoever runs this wishes. One that no wish in the store names counts for all jobs of the
  // group, or of the queue, whenever they ended.
  std::vector<NotifyTarget> own = {};
  std::string group = {};  // Only of this one; empty: all.
  bool only_own = false;   // Leave out what others wish.
  bool dry_run = false;
  std::function<bool()> stop = [] { return false; };  // Any thread.
  std::function<void(const Notice&, const NotifyTarget&, const std::string& error)> tell;
};

struct MissedSummary {
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;
  std::uint64_t commands = 0;  // Wishes for a command that was not given here.
  std::uint64_t open = 0;      // Jobs of groups that are wished for and go on.
  std::uint64_t wishes = 0;
};

// Throws Error if the store does not answer.
MissedSummary send_missed(Store& store, const Clock& clock, const FleetLayout& layout,
                          NoticeSender& sender, const MissedWishes& wishes);

}  // namespace holdfast
