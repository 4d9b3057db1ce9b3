// A person who takes jobs away for good, as `holdfast forget` does it: the product's own code.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "person.h"

namespace holdfast::sim {

class Forgetter : public Person {
 public:
  Forgetter(std::uint64_t seed, const PersonWorld& around);

  // In some worlds, at some time, whatever the job does just then. `runs` tells whether a task of
  // it does.
  void forget_maybe(const std::string& job, const std::function<bool()>& runs);

 private:
  void await_completion(const std::string& job);
  void begin(const std::string& job);
  void work(Actor& actor, const JobId& job);
  bool try_once(Actor& actor, Store& store, const Clock& clock, const JobId& job);

  std::map<std::string, std::function<bool()>> runs_;
};

}  // namespace holdfast::sim
