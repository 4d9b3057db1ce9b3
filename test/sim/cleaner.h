// A person who cleans up after jobs that have ended, as `holdfast gc` does it: the product's own
// code; looks first, and thinks it over while others go on.
#pragma once

#include <functional>
#include <string>

#include "operate/collect.h"
#include "person.h"

namespace holdfast::sim {

class Cleaner : public Person {
 public:
  // `cancel`: a person ends a job.
  Cleaner(std::uint64_t seed, const PersonWorld& around,
          std::function<void(const std::string& job)> cancel);

  // In some worlds, once the job has ended, and maybe again.
  void clean_up_maybe(const std::string& job);

 private:
  struct Plan {
    Keep keep = Keep::results;
    Record newest;
  };

  void look(const std::string& job);
  void begin(const std::string& job, const Plan& plan);
  void work(Actor& actor, const JobId& job, const Plan& plan);

  const std::function<void(const std::string& job)> cancel_;
};

}  // namespace holdfast::sim
