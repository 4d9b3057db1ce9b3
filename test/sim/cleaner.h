// A person who cleans up after jobs that have ended, as `holdfast gc` does it: the product's own
// code, over a store that fails; looks first, thinks it over while others go on, and is killed now
// and then and started anew.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "checker.h"
#include "operate/collect.h"

namespace holdfast::sim {

class Cleaner {
 public:
  // `seed`: a luck of its own, so that worlds in which nobody does this stay as they are.
  // `cancel`: a person ends a job.
  Cleaner(std::uint64_t seed, World& world, const Faults& faults, Network& network, Bucket& bucket,
          Checker& checker, std::function<void(const std::string& job)> cancel);

  // In some worlds, once the job has ended, and maybe again.
  void clean_up_maybe(const std::string& job);
  // Whether somebody is at it.
  bool busy() const { return !planned_.empty(); }

 private:
  struct Plan {
    Keep keep = Keep::results;
    Record newest;
  };

  void look(const std::string& job);
  void begin(const std::string& job, const Plan& plan);
  void work(Actor& actor, const JobId& job, const Plan& plan);

  World& world_;
  const bool here_;
  Random random_;
  Faults faults_;
  Network& network_;
  Bucket& bucket_;
  Checker& checker_;
  const std::function<void(const std::string& job)> cancel_;
  std::set<std::string> planned_;
  std::uint64_t processes_ = 0;
};

}  // namespace holdfast::sim
