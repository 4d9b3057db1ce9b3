#include "network.h"

#include <algorithm>

namespace holdfast::sim {

namespace {

bool concerns(const Outage& outage, const std::string& worker) {
  return outage.worker.empty() || outage.worker == worker;
}

}  // namespace

void Network::plan_outages(const std::function<std::string()>& worker) {
  for (std::uint64_t i = 0; i < faults_.outages; ++i) {
    world_.at(world_.now() + world_.between(0s, 900s), [this, worker] {
      Outage outage;
      if (world_.chance(0.5)) outage.worker = worker();
      outage.store = world_.chance(0.7);
      outage.broker = !outage.store || world_.chance(0.5);
      const bool long_one = world_.chance(0.2);
      outage.until =
          world_.now() + (long_one ? world_.between(600s, 5400s) : world_.between(60s, 600s));
      begin(std::move(outage));
    });
  }
}

void Network::begin(Outage outage) {
  outage.from = world_.now();
  outage.until = std::min(outage.until, faults_.quiet_after);
  if (outage.until <= outage.from) return;
  outage.how = static_cast<Outage::How>(world_.random().below(3));
  const std::string whom = outage.worker.empty() ? "all" : outage.worker;
  if (outage.store) {
    world_.mark(outage.worker.empty() ? "store away for all" : "store away for one worker");
    world_.note("the store is away for " + whom);
  }
  if (outage.broker) {
    world_.mark(outage.worker.empty() ? "broker away for all" : "broker away for one worker");
    world_.note("the broker is away for " + whom);
  }
  outages_.push_back(outage);
  if (outage.broker && on_broker_away) on_broker_away(outage.worker);
}

Fate Network::fate_of_call(const std::string& worker) {
  using Kind = Fate::Kind;
  Fate fate;
  fate.there = world_.between(1ms, 50ms);
  fate.back = world_.between(1ms, 50ms);
  for (const Outage& outage : outages_) {
    if (!outage.store || !concerns(outage, worker)) continue;
    if (world_.now() < outage.from || world_.now() >= outage.until) continue;
    constexpr Kind kKinds[] = {Kind::refused, Kind::request_lost, Kind::answer_lost};
    fate.kind = kKinds[static_cast<int>(outage.how)];
    return fate;
  }
  if (!faulty()) return fate;
  const auto one_of = [&](double probability, Kind kind, const char* mark) {
    if (fate.kind != Kind::answered || !world_.chance(probability)) return;
    fate.kind = kind;
    world_.mark(mark);
  };
  one_of(faults_.store_refuses, Kind::refused, "store refuses a call");
  one_of(faults_.store_busy, Kind::busy, "store is busy");
  one_of(faults_.store_rejects, Kind::rejected, "store rejects a call");
  one_of(faults_.request_lost, Kind::request_lost, "request lost");
  one_of(faults_.answer_lost, Kind::answer_lost, "answer lost");
  const bool arrives = fate.kind == Kind::answered || fate.kind == Kind::answer_lost;
  if (arrives && world_.chance(faults_.store_slow)) {
    world_.mark("slow call");
    fate.there = world_.between(1s, 60s);
  }
  if (arrives && world_.chance(faults_.held_back)) {
    world_.mark("request held back");
    fate.there = world_.between(1s, 600s);
  }
  return fate;
}

bool Network::broker_away(const std::string& worker) const {
  return std::any_of(outages_.begin(), outages_.end(), [&](const Outage& outage) {
    return outage.broker && concerns(outage, worker) && world_.now() >= outage.from &&
           world_.now() < outage.until;
  });
}

Duration Network::store_away(const std::string& worker, TimePoint from, TimePoint until) const {
  Duration away{0};
  TimePoint counted = from;
  for (const Outage& outage : outages_) {  // In the order of their beginnings.
    if (!outage.store || !concerns(outage, worker)) continue;
    const TimePoint begin = std::max(outage.from, counted);
    const TimePoint end = std::min(outage.until, until);
    if (end <= begin) continue;
    away += end - begin;
    counted = end;
  }
  return away;
}

void Network::trouble(const std::string& worker, TimePoint until) {
  TimePoint& last = last_trouble_[worker];
  last = std::max(last, until);
}

bool Network::untroubled_since(const std::string& worker, TimePoint since) const {
  const auto last = last_trouble_.find(worker);
  return (last == last_trouble_.end() || last->second < since) &&
         store_away(worker, since, world_.now()) == Duration::zero();
}

}  // namespace holdfast::sim
