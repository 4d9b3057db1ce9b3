// The lines between workers, store and broker: outages and partitions, and the fate of each call.
// Remembers who had trouble when: what the docs promise while the store answers is checked then.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "faults.h"
#include "world.h"

namespace holdfast::sim {

struct Outage {
  enum class How { refuses, swallows_requests, swallows_answers };
  std::string worker;  // Whom it cuts off; empty: all.
  bool store = false;
  bool broker = false;
  How how = How::refuses;
  TimePoint from{};
  TimePoint until{};
};

// What becomes of one call to the store.
struct Fate {
  enum class Kind { answered, refused, busy, rejected, request_lost, answer_lost };
  Kind kind = Kind::answered;
  Duration there{0};
  Duration back{0};
};

class Network {
 public:
  Network(World& world, const Faults& faults) : world_(world), faults_(faults) {}

  // Called when the broker gets out of reach for a worker (empty: all).
  std::function<void(const std::string& worker)> on_broker_away;

  // Draws the outages of this world. `worker`: one that lives just then.
  void plan_outages(const std::function<std::string()>& worker);
  void begin(Outage outage);

  Fate fate_of_call(const std::string& worker);
  bool broker_away(const std::string& worker) const;

  // For how long the store was out of reach for `worker` by an outage.
  Duration store_away(const std::string& worker, TimePoint from, TimePoint until) const;

  // Something keeps `worker` from doing what it should in time: now, or until then.
  void trouble(const std::string& worker) { trouble(worker, world_.now()); }
  void trouble(const std::string& worker, TimePoint until);
  bool untroubled_since(const std::string& worker, TimePoint since) const;

  bool faulty() const { return world_.now() < faults_.quiet_after; }

 private:
  World& world_;
  const Faults& faults_;
  std::vector<Outage> outages_;
  std::map<std::string, TimePoint> last_trouble_;
};

}  // namespace holdfast::sim
