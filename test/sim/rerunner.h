// A person who lets a job run again that has ended, as `holdfast rerun` does it: its own code, over
// a store and a queue that fail.
#pragma once

#include <string>

#include "person.h"

namespace holdfast::sim {

class Rerunner : public Person {
 public:
  Rerunner(std::uint64_t seed, const PersonWorld& around, SimBroker& broker);

  // In some worlds, once the job has ended; not any more when the world has become quiet before.
  void run_again_maybe(const std::string& job);

 private:
  void look(const std::string& job);
  void begin(const std::string& job);
  void work(Actor& actor, const JobId& job);

  SimBroker& broker_;
  std::uint64_t messages_ = 0;
};

}  // namespace holdfast::sim
