// A world driven by a seed. Actors are fibers, of which exactly one runs at a time, handed on at
// every call to the outside (store, inbox, clock), so the product's own code runs unchanged and
// every run can be repeated. Time is virtual and jumps to the next thing that happens.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "fiber.h"
#include "marks.h"

namespace holdfast::sim {

// Thrown inside an actor whose process is killed; nothing in the product catches it.
struct Killed {};

class World;

// What is a thread of a process in the product.
class Actor {
 public:
  Actor(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  World& world() noexcept { return world_; }
  const std::string& name() const noexcept { return name_; }

  // Lets others run and comes back when the scheduler says so, at `at` or later, or as soon as
  // `ready` holds. Called by the actor itself. Throws Killed.
  void wait(TimePoint at, std::function<bool()> ready);

  bool finished() const noexcept { return finished_; }
  bool killed() const noexcept { return killed_; }

 private:
  friend class World;

  World& world_;
  const std::string name_;
  std::function<void()> at_yield_;
  std::unique_ptr<Fiber> fiber_;
  TimePoint wake_at_{};
  std::function<bool()> ready_;
  TimePoint frozen_until_{};
  bool finished_ = false;
  bool killed_ = false;
};

class World {
 public:
  World(std::uint64_t seed, bool trace, Marks& marks);
  ~World();

  Random& random() noexcept { return random_; }
  bool chance(double probability) { return random_.fraction() < probability; }
  Duration between(Duration from, Duration to);

  TimePoint now() const noexcept { return now_; }

  // Starts an actor that runs `body`. `at_yield` is called at every yield: the place for kills.
  Actor& spawn(std::string name, std::function<void(Actor&)> body, std::function<void()> at_yield);

  // Whose turn it is; nullptr: nobody's.
  const Actor* current() const noexcept { return current_; }

  // Ends the actor at its next turn, which comes at once.
  void kill(Actor& actor);
  // The actor gets no turn until then.
  void freeze(Actor& actor, TimePoint until);

  // Calls `action` at `at`, between two turns.
  void at(TimePoint at, std::function<void()> action);

  // Runs until `done()`, a violation, or `end`.
  void run(const std::function<bool()>& done, TimePoint end);
  // Kills every actor and waits for it.
  void stop();

  // A promise was broken. Only the first counts.
  void violate(const std::string& what);
  const std::optional<std::string>& violation() const noexcept { return violation_; }

  // What this mark stands for has happened.
  void mark(std::string_view mark) { marks_.reach(mark); }

  // One line of history, for a failing seed.
  void note(const std::string& line);
  const std::vector<std::string>& history() const noexcept { return history_; }

 private:
  friend class Actor;

  std::vector<Actor*> ready_actors();
  TimePoint next_time() const;
  void give_turn(Actor& actor);

  static constexpr std::size_t kHistoryMax = 20'000;
  static constexpr std::uint64_t kTurnsMax = 2'000'000;

  Random random_;
  const bool trace_;
  Marks& marks_;
  TimePoint now_{std::chrono::hours(1)};
  const Actor* current_ = nullptr;
  std::vector<std::unique_ptr<Actor>> actors_;
  std::multimap<TimePoint, std::function<void()>> timers_;
  std::optional<std::string> violation_;
  std::vector<std::string> history_;
};

}  // namespace holdfast::sim
