// Tells the fleet that this worker is there: writes its sign (core/worker_sign.h) every few
// minutes, on a thread of its own, and takes it away at an orderly end. Nothing depends on it: a
// store that is away costs a sign.
#pragma once

#include <optional>
#include <string>
#include <thread>

#include "base/mailbox.h"
#include "core/fleet_layout.h"
#include "core/worker_sign.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class Presence {
 public:
  static constexpr Duration kEvery = std::chrono::minutes(5);

  // Borrows store and clock.
  Presence(Store& store, const Clock& clock, FleetLayout fleet, const std::string& worker,
           const std::string& version);
  // Waits for a request that is under way.
  ~Presence();
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

 private:
  void serve();
  void renew();
  void remove(const std::string& key);

  Store& store_;
  const Clock& clock_;
  const FleetLayout fleet_;
  WorkerSign sign_;
  std::string key_;  // That stands in the store; empty: none.
  Mailbox<bool> end_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
