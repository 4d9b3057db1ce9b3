// A cloud of machines in memory, driven by a seed: machines start late, those that go are chosen at
// random among the lowest deletion costs, as SaladCloud says that it does. What runs on them is the
// test's. One thread; time is what the test says.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/random.h"
#include "ports/fleet.h"

namespace holdfast::test {

class FakeCloud final : public Fleet {
 public:
  struct Machine {
    FleetInstance instance;
    TimePoint runs_at;
  };

  FakeCloud(std::uint64_t seed, std::function<TimePoint()> now) : random_(seed), now_(now) {}

  // Who is told that a machine is taken.
  std::function<void(const std::string& id)> taken = [](const std::string&) {};
  // How long until a new machine runs.
  std::function<Duration(Random&)> cold_start = [](Random&) { return Duration::zero(); };
  FleetStatus status = FleetStatus::running;
  std::uint32_t size = 0;
  std::vector<Machine> machines;
  std::uint64_t requests = 0;

  // Lets machines that are due run.
  void advance() {
    for (Machine& machine : machines) {
      if (machine.runs_at <= now_()) machine.instance.state = InstanceState::running;
    }
  }

  FleetReading read(TimePoint) override {
    FleetReading fleet;
    fleet.status = status;
    fleet.wanted = size;
    count_instances(instances({}), fleet);
    fleet.size_max = 500;
    return fleet;
  }

  std::vector<FleetInstance> instances(TimePoint) override {
    std::vector<FleetInstance> all;
    for (const Machine& machine : machines) all.push_back(machine.instance);
    return all;
  }

  void resize(std::uint32_t wanted, TimePoint) override {
    ++requests;
    size = wanted;
    if (status == FleetStatus::running) fit();
  }

  void start(TimePoint) override {
    ++requests;
    status = FleetStatus::running;
    fit();
  }

  void stop(TimePoint) override {
    ++requests;
    status = FleetStatus::stopped;
    while (!machines.empty()) take(machines.size() - 1);
  }

  FleetShield* shield() override { return nullptr; }

 private:
  void fit() {
    while (machines.size() < size) {
      Machine machine;
      machine.instance.id = "machine-" + std::to_string(++made_);
      machine.instance.state = InstanceState::allocating;
      machine.runs_at = now_() + cold_start(random_);
      machines.push_back(machine);
    }
    while (machines.size() > size) take(victim());
    advance();
  }

  std::size_t victim() {
    std::uint32_t lowest = machines.front().instance.deletion_cost;
    for (const Machine& machine : machines) {
      lowest = std::min(lowest, machine.instance.deletion_cost);
    }
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < machines.size(); ++i) {
      if (machines[i].instance.deletion_cost == lowest) candidates.push_back(i);
    }
    return candidates[random_.below(candidates.size())];
  }

  void take(std::size_t index) {
    const std::string id = machines[index].instance.id;
    machines.erase(machines.begin() + static_cast<std::ptrdiff_t>(index));
    taken(id);
  }

  Random random_;
  std::function<TimePoint()> now_;
  std::uint64_t made_ = 0;
};

}  // namespace holdfast::test
