// Jobs of slow_sum, and what the bucket and the processes of this machine tell about who ran them.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/record.h"
#include "fakes/fault_proxy.h"
#include "fault/fleet_fixture.h"

namespace holdfast::test {

class OwnershipFixture : public testing::TestWithParam<const char*> {
 protected:
  OwnershipFixture() { fleet_.run({"setup"}); }

  std::string job(int i) const { return fleet_.queue() + "-" + std::to_string(i); }
  Record newest(const std::string& job) const { return fleet_.records(job).back(); }

  // The job completed once with the right sum, no failure was held against it, attempts and
  // generations only went up, and nobody but the newest attempt wrote.
  void expect_completed(const std::string& job, int steps) const;
  void expect_nothing_left() const;

  // The broker and the store by way of a proxy on `address`, as URLs for `environment`.
  std::unique_ptr<FaultProxy> proxy_of(const std::string& variable, const std::string& address);

  SystemClock clock_;
  Fleet fleet_{GetParam()};
};

// How often a task said that it did step `step` of `job`.
std::size_t times_done(const std::string& output, const std::string& job, int step);

// Processes that belong to this attempt: whoever has its environment, wherever it went.
std::vector<pid_t> processes_of(const std::string& job, int attempt);
// True once there are none; false if `time` passes first.
bool all_gone(const std::string& job, int attempt, std::chrono::milliseconds time);

bool newer_broker(const char* variable);
inline std::string broker_name(const testing::TestParamInfo<const char*>& broker) {
  return newer_broker(broker.param) ? "RabbitMQ4" : "RabbitMQ3";
}

// The longer variants are asked for by ./dev test --long.
bool long_test();

}  // namespace holdfast::test
