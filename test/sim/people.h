// What people do to jobs, whatever these do just then.
#pragma once

#include <functional>
#include <string>

#include "checker.h"

namespace holdfast::sim {

class People {
 public:
  People(World& world, Bucket& bucket, SimBroker& broker, const Checker& checker)
      : world_(world), bucket_(bucket), broker_(broker), checker_(checker) {}

  // `still_runs` tells whether a task of the job does.
  void cancel(const std::string& job, const std::function<bool()>& still_runs);

  // Looks now and then for a dead letter; as `holdfast dead requeue` does it, in its order.
  void redrive_when_dead(const std::string& job, const std::string& body);

 private:
  void append(const std::string& job, Record record);

  World& world_;
  Bucket& bucket_;
  SimBroker& broker_;
  const Checker& checker_;
  std::uint64_t redriven_ = 0;
};

}  // namespace holdfast::sim
