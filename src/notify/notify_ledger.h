// Who wishes to be told what becomes of jobs, and what was sent, as the store keeps it:
//
//   .fleet/{queue}/notify/wishes/{group}/{target}       the wish of a submission: since when, and
//                                                       the URL (never a command)
//   .fleet/{queue}/notify/wishes/.queue/{target}        the same of a worker, for all jobs
//   .fleet/{queue}/notify/sent/{target}/{job}~{record}  an empty object: this was sent
//   .fleet/{queue}/notify/off/{job}/{target}            an empty object: wishes do not count for
//   this
//                                                       job; the target is `all` or one of them
//
// A notification costs one write more, once it has arrived; a job that nobody wants to hear of
// costs none (docs/decisions/0095-notifications.md).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "core/notify_target.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Wish {
  std::string group;  // Empty: all jobs of the queue.
  std::string id;     // Of the target (core/notify_target.h).
  // nullopt: a command, which stands nowhere but where it was typed.
  std::optional<NotifyTarget> target;
  std::string since;  // What ended before it is not told of.
};

class NotifyLedger {
 public:
  // Borrows store and clock.
  NotifyLedger(Store& store, const Clock& clock, FleetLayout layout)
      : store_(store), clock_(clock), layout_(std::move(layout)) {}

  // For what ends after `since`; a wish that stands already stays as it is. All throw Error.
  // True if there was none.
  bool wish(const std::string& group, const NotifyTarget& target, WallTime since);
  // Takes a wish back; that there is none is fine.
  void take_back(const Wish& wish);

  std::vector<Wish> wishes_of(const std::string& group);
  std::vector<Wish> all_wishes();

  // Wishes do not count for this job any more: those for these targets, or, without any, all.
  void silence(const std::string& job, const std::set<std::string>& target_ids);
  // Takes the wishes for targets that do not count for this job out of `target_ids`.
  void leave_out_silenced(const std::string& job, std::set<std::string>& target_ids);

  void note_sent(const std::string& target_id, const std::string& notice_id);
  bool was_sent(const std::string& target_id, const std::string& notice_id);
  // What was sent to one target, by the name that sent_name() gives.
  std::set<std::string> all_sent(const std::string& target_id);
  // Takes back what was noted of these jobs: they were forgotten.
  void forget_jobs(const std::set<std::string>& jobs);
  static std::string sent_name(const std::string& notice_id);

 private:
  std::vector<Wish> read(const std::string& prefix, const std::string& group);
  std::string sent_key(const std::string& target_id, const std::string& notice_id) const {
    return layout_.sent_prefix() + target_id + "/" + sent_name(notice_id);
  }

  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
};

}  // namespace holdfast
