// Sends notifications about jobs on a thread of its own, so no job waits for it. What could not be
// sent when this ends is sent by `holdfast notify --missed` (notify/missed.h).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/locked.h"
#include "base/mailbox.h"
#include "base/shared_value.h"
#include "notify/group_watch.h"
#include "notify/notify_ledger.h"
#include "notify/outbox.h"
#include "ports/clock.h"
#include "ports/notice_sender.h"
#include "ports/store.h"

namespace holdfast {

class Notifier {
 public:
  // Ends that wait to be looked at; more are left to `holdfast notify --missed`.
  static constexpr std::size_t kEndsMax = 10'000;
  // What is left at the end is tried for this long.
  static constexpr Duration kLastWordsMax = std::chrono::seconds(10);
  // A group's wishes are read again after this time.
  static constexpr Duration kWishesStand = std::chrono::minutes(5);
  // Between two looks whether a group has finished.
  static constexpr Duration kLookEvery = std::chrono::seconds(1);

  // Whether to send first what an earlier one that was killed could not.
  enum class Begin { fresh, with_missed };

  // `own`: the targets that this program's user gave, for every job. Borrows all but the values.
  Notifier(Store& store, const Clock& clock, FleetLayout layout, NoticeSender& sender,
           std::vector<NotifyTarget> own, Begin begin = Begin::fresh);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  // A job has ended. `wished`: its submitter wants a notification; `ours`: this worker wrote the
  // record of the end. Never waits. Any thread.
  void tell(JobEnd end, bool wished, bool ours);

  // Waits for the last ones, ends the thread, and says how many are left unsent. Once.
  std::size_t finish();

 private:
  struct Told {
    JobEnd end;
    bool wished = false;
    bool ours = false;
  };
  struct Wished {
    std::vector<NotifyTarget> targets;
    TimePoint read_at;
  };
  struct Watched {
    std::optional<GroupWatch> watch;
    std::vector<std::pair<NotifyTarget, NamedBy>> targets;
    bool wants_look = false;
    TimePoint next_look = TimePoint::min();
    std::string told;  // The notice that was given out last.
  };

  void serve();
  void send_earlier();
  // Does what is due; the time of the next thing to do.
  TimePoint step(TimePoint deadline);
  bool something_left();
  void take_told();
  void give_out(const Told& told);
  void look_at_groups();
  std::vector<NotifyTarget> wishes_of(const std::string& group);
  void put(const NotifyTarget& target, NamedBy by, const Notice& notice, bool perhaps_sent);

  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
  NoticeSender& sender_;
  const std::vector<NotifyTarget> own_;
  NotifyLedger ledger_;
  Locked<std::deque<Told>> told_;
  std::deque<Told> to_give_out_;
  TimePoint next_give_out_ = TimePoint::min();
  std::map<std::string, Outbox> outboxes_;  // By the target's id.
  std::map<std::string, Wished> wished_;    // By group.
  std::map<std::string, Watched> groups_;
  SharedValue<std::size_t> dropped_{0};
  std::size_t left_ = 0;
  const Begin begin_;
  // What was not begun by then is left; set once it is known.
  SharedValue<TimePoint> end_at_{TimePoint::max()};
  // Something was told; or, with a time, this is the end, and it comes then.
  Mailbox<std::optional<TimePoint>> wake_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
