// A person who takes jobs away for good, as `holdfast forget` does it: the product's own code, over
// a store that fails, killed now and then and started anew until it is done.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "checker.h"

namespace holdfast::sim {

class Forgetter {
 public:
  // `seed`: a luck of its own, so that worlds in which nobody does this stay as they are.
  Forgetter(std::uint64_t seed, World& world, const Faults& faults, Network& network,
            Bucket& bucket, Checker& checker);

  // In some worlds, at some time, whatever the job does just then. `runs` tells whether a task of
  // it does.
  void forget_maybe(const std::string& job, const std::function<bool()>& runs);
  // Whether somebody is at it, or means to be.
  bool busy() const { return !planned_.empty(); }

 private:
  void await_completion(const std::string& job);
  void begin(const std::string& job);
  void work(Actor& actor, const JobId& job);
  bool try_once(Actor& actor, Store& store, const Clock& clock, const JobId& job);

  World& world_;
  const bool here_;
  Random random_;
  Faults faults_;
  Network& network_;
  Bucket& bucket_;
  Checker& checker_;
  std::map<std::string, std::function<bool()>> runs_;
  std::set<std::string> planned_;
  std::uint64_t processes_ = 0;
};

}  // namespace holdfast::sim
