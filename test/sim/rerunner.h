// A person who lets a job run again that has ended, as `holdfast rerun` does it: its own code, over
// a store and a queue that fail, killed now and then and started anew until it is done.
#pragma once

#include <set>
#include <string>

#include "checker.h"

namespace holdfast::sim {

class Rerunner {
 public:
  // `seed`: a luck of its own, so that worlds in which nobody does this stay as they are.
  Rerunner(std::uint64_t seed, World& world, const Faults& faults, Network& network, Bucket& bucket,
           SimBroker& broker, Checker& checker);

  // In some worlds, once the job has ended; not any more when the world has become quiet before.
  void run_again_maybe(const std::string& job);
  // Whether somebody is at it, or means to be.
  bool busy() const { return !planned_.empty(); }

 private:
  void look(const std::string& job);
  void begin(const std::string& job);
  void work(Actor& actor, const JobId& job);

  World& world_;
  const bool here_;
  Random random_;
  Faults faults_;
  Network& network_;
  Bucket& bucket_;
  SimBroker& broker_;
  Checker& checker_;
  std::set<std::string> planned_;
  std::uint64_t processes_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace holdfast::sim
