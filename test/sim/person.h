// A person at a laptop who does something to jobs with the product's own code, over a store that
// fails; the command is killed now and then, and given again.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "checker.h"

namespace holdfast::sim {

struct PersonWorld {
  World& world;
  const Faults& faults;
  Network& network;
  Bucket& bucket;
  Checker& checker;
};

class Person {
 public:
  // Whether this person is at it, or means to be.
  bool busy() const { return !planned_.empty(); }

 protected:
  // `here`: in this world the person does something. `seed`: a luck of its own, so that worlds in
  // which nobody does this stay as they are.
  Person(const char* name, bool here, std::uint64_t seed, const PersonWorld& around)
      : name_(name),
        here_(here),
        random_(seed),
        world_(around.world),
        faults_(around.faults),
        network_(around.network),
        bucket_(around.bucket),
        checker_(around.checker) {
    faults_.unfenced = 0;  // What such a store does to a claim is looked at elsewhere.
  }

  // Gives a command, which `work` carries out. At each of its calls it may be killed, by this
  // chance; the world marks it with `killed`, and `again` follows some time later.
  void give(std::function<void(Actor&)> work, double killed_at_call, const char* killed,
            std::function<void()> again) {
    auto process = std::make_shared<Actor*>(nullptr);
    *process = &world_.spawn(name_ + std::to_string(++processes_), std::move(work), [=, this] {
      if (!network_.faulty() || (*process)->killed() || !world_.chance(killed_at_call)) return;
      world_.mark(killed);
      world_.kill(**process);
      world_.at(world_.now() + world_.between(1s, 120s), again);
    });
  }

  const std::string name_;
  const bool here_;
  Random random_;
  World& world_;
  Faults faults_;
  Network& network_;
  Bucket& bucket_;
  Checker& checker_;
  std::set<std::string> planned_;  // Jobs.

 private:
  std::uint64_t processes_ = 0;
};

}  // namespace holdfast::sim
