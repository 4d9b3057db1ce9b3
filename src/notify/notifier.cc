#include "notify/notifier.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/thread.h"
#include "base/wall_time.h"
#include "holdfast/error.h"
#include "notify/missed.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::hours(1);
constexpr Duration kStorePause = std::chrono::seconds(3);

}  // namespace

Notifier::Notifier(Store& store, const Clock& clock, FleetLayout layout, NoticeSender& sender,
                   std::vector<NotifyTarget> own, Begin begin)
    : store_(store),
      clock_(clock),
      layout_(std::move(layout)),
      sender_(sender),
      own_(std::move(own)),
      ledger_(store, clock, layout_),
      begin_(begin),
      thread_(start_thread("notifications", [this] { serve(); })) {}

Notifier::~Notifier() {
  static_cast<void>(finish());
}

std::size_t Notifier::finish() {
  if (thread_.joinable()) {
    const TimePoint end_at = clock_.now() + kLastWordsMax;
    end_at_.set(end_at);
    wake_.post(end_at);
    thread_.join();
  }
  return left_ + dropped_.get();
}

void Notifier::tell(JobEnd end, bool wished, bool ours) {
  if (own_.empty() && !wished) return;
  bool first = false;
  told_.with([&](std::deque<Told>& told) {
    first = told.empty();
    if (told.size() >= kEndsMax) {
      dropped_.add(1);
    } else {
      told.push_back({std::move(end), wished, ours});
    }
  });
  // One word is enough for all that comes until it is heard.
  if (first) wake_.post(std::nullopt);
}

void Notifier::send_earlier() {
  if (begin_ == Begin::fresh) return;
  try {
    MissedWishes wishes;
    wishes.own = own_;
    wishes.only_own = true;
    wishes.stop = [this] { return clock_.now() >= end_at_.get(); };
    left_ += send_missed(store_, clock_, layout_, sender_, wishes).failed;
  } catch (const Error& error) {
    log(LogLevel::warn, "earlier notifications not looked for", {{"error", error.what()}});
  }
}

void Notifier::serve() {
  send_earlier();
  TimePoint due = TimePoint::max();
  for (;;) {  // Ends with the word of finish().
    const auto word = wake_.next(std::min(due, clock_.now() + kWait));
    if (!word || !*word) {
      due = step(TimePoint::max());
      continue;
    }
    const TimePoint deadline = **word;
    for (auto& [id, outbox] : outboxes_) outbox.try_now();
    due = step(deadline);
    while (something_left() && due < deadline && clock_.now() < deadline) {
      static_cast<void>(wake_.next(std::min(due, deadline)));
      due = step(deadline);
    }
    left_ += to_give_out_.size();
    for (const auto& [id, outbox] : outboxes_) left_ += outbox.size();
    return;
  }
}

bool Notifier::something_left() {
  take_told();
  return !to_give_out_.empty() ||
         std::ranges::any_of(outboxes_, [](const auto& box) { return box.second.size() > 0; }) ||
         std::ranges::any_of(groups_, [](const auto& group) { return group.second.wants_look; });
}

void Notifier::take_told() {
  told_.with([this](std::deque<Told>& told) {
    std::ranges::move(told, std::back_inserter(to_give_out_));
    told.clear();
  });
}

TimePoint Notifier::step(TimePoint deadline) {
  take_told();
  try {
    while (!to_give_out_.empty() && clock_.now() >= next_give_out_) {
      give_out(to_give_out_.front());
      to_give_out_.pop_front();
    }
    look_at_groups();
  } catch (const Error& error) {
    log(LogLevel::warn, "wishes for notifications not read", {{"error", error.what()}});
    next_give_out_ = clock_.now() + kStorePause;
    for (auto& [name, group] : groups_) group.next_look = clock_.now() + kStorePause;
  }
  for (auto& [id, outbox] : outboxes_) {
    while (outbox.due() <= clock_.now() && clock_.now() < deadline &&
           outbox.send_next(sender_, ledger_, clock_, deadline)) {
    }
  }
  TimePoint due = to_give_out_.empty() ? TimePoint::max() : next_give_out_;
  for (const auto& [id, outbox] : outboxes_) due = std::min(due, outbox.due());
  for (const auto& [name, group] : groups_) {
    if (group.wants_look) due = std::min(due, group.next_look);
  }
  return due;
}

std::vector<NotifyTarget> Notifier::wishes_of(const std::string& group) {
  const auto known = wished_.find(group);
  if (known != wished_.end() && clock_.now() < known->second.read_at + kWishesStand) {
    return known->second.targets;
  }
  Wished wished{{}, clock_.now()};
  for (const Wish& wish : ledger_.wishes_of(group)) {
    // A command of who submitted the job is not ours to run.
    if (wish.target) wished.targets.push_back(*wish.target);
  }
  wished_[group] = wished;
  return wished.targets;
}

void Notifier::give_out(const Told& told) {
  std::vector<std::pair<NotifyTarget, NamedBy>> targets;
  std::set<std::string> wished;  // Ids.
  for (const NotifyTarget& target : own_) targets.emplace_back(target, NamedBy::us);
  if (told.wished && !told.end.group.empty()) {
    for (const NotifyTarget& target : wishes_of(told.end.group)) {
      if (std::ranges::find(own_, target) != own_.end()) continue;
      targets.emplace_back(target, NamedBy::submitter);
      wished.insert(id_of(target));
    }
  }
  if (targets.empty()) return;
  if (told.end.state != JobState::cancelled) {
    const Notice notice = notice_of(told.end);
    ledger_.leave_out_silenced(told.end.job, wished);
    for (const auto& [target, by] : targets) {
      if (by == NamedBy::us || wished.contains(id_of(target))) put(target, by, notice, !told.ours);
    }
  }
  if (told.end.group.empty()) return;
  Watched& group = groups_[told.end.group];
  if (!group.watch) group.watch.emplace(store_, clock_, layout_, told.end.group);
  if (told.end.record > 0) group.watch->ended(told.end.job, told.end.state, told.end.attempt);
  group.targets = std::move(targets);
  group.wants_look = true;
}

void Notifier::look_at_groups() {
  for (auto& [name, group] : groups_) {
    if (!group.wants_look || clock_.now() < group.next_look) continue;
    group.next_look = clock_.now() + kLookEvery;
    const auto end = group.watch->look();
    group.wants_look = false;
    if (!end) continue;
    const Notice notice = notice_of(*end, to_text(clock_.wall()));
    if (notice.id == group.told) continue;
    group.told = notice.id;
    for (const auto& [target, by] : group.targets) put(target, by, notice, true);
  }
}

void Notifier::put(const NotifyTarget& target, NamedBy by, const Notice& notice,
                   bool perhaps_sent) {
  const auto [outbox, fresh] = outboxes_.try_emplace(id_of(target), target, by);
  if (!outbox->second.put(notice, perhaps_sent)) dropped_.add(1);
}

}  // namespace holdfast
