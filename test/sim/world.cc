#include "world.h"

#include <cstdio>

namespace holdfast::sim {

void Actor::wait(TimePoint at, std::function<bool()> ready) {
  if (at_yield_) at_yield_();
  wake_at_ = at;
  ready_ = std::move(ready);
  fiber_->leave();
  if (killed_) throw Killed();
}

World::World(std::uint64_t seed, bool trace, Marks& marks)
    : random_(seed), trace_(trace), marks_(marks) {}

World::~World() {
  stop();
}

Duration World::between(Duration from, Duration to) {
  return from + Duration(static_cast<Duration::rep>(random_.fraction() *
                                                    static_cast<double>((to - from).count())));
}

Actor& World::spawn(std::string name, std::function<void(Actor&)> body,
                    std::function<void()> at_yield) {
  actors_.push_back(std::make_unique<Actor>(*this, std::move(name)));
  Actor& actor = *actors_.back();
  actor.at_yield_ = std::move(at_yield);
  actor.wake_at_ = now_;
  actor.fiber_ = std::make_unique<Fiber>([&actor, body = std::move(body)] {
    try {
      if (!actor.killed_) body(actor);
    } catch (const Killed&) {
      // The process is gone; its memory with it.
    }
    actor.finished_ = true;
  });
  return actor;
}

void World::kill(Actor& actor) {
  actor.killed_ = true;
}

void World::freeze(Actor& actor, TimePoint until) {
  actor.frozen_until_ = until;
}

void World::at(TimePoint at, std::function<void()> action) {
  timers_.emplace(at, std::move(action));
}

std::vector<Actor*> World::ready_actors() {
  std::vector<Actor*> ready;
  for (const auto& actor : actors_) {
    if (actor->finished_) continue;
    const bool awake = actor->wake_at_ <= now_ || (actor->ready_ && actor->ready_());
    if (actor->killed_ || (actor->frozen_until_ <= now_ && awake)) ready.push_back(actor.get());
  }
  return ready;
}

TimePoint World::next_time() const {
  TimePoint next = timers_.empty() ? TimePoint::max() : timers_.begin()->first;
  for (const auto& actor : actors_) {
    if (actor->finished_) continue;
    TimePoint wake = actor->ready_ && actor->ready_() ? now_ : actor->wake_at_;
    next = std::min(next, std::max(wake, actor->frozen_until_));
  }
  return next;
}

void World::give_turn(Actor& actor) {
  current_ = &actor;
  actor.fiber_->enter();
  current_ = nullptr;
  if (actor.finished_) actor.fiber_.reset();
}

void World::run(const std::function<bool()>& done, TimePoint end) {
  std::uint64_t turns = 0;
  while (!violation_ && !done()) {
    if (++turns > kTurnsMax) return violate("the end is not reached: somebody turns in circles");
    if (!timers_.empty() && timers_.begin()->first <= now_) {
      const auto action = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      action();
      continue;
    }
    const std::vector<Actor*> ready = ready_actors();
    if (!ready.empty()) {
      give_turn(*ready[random_.below(ready.size())]);
      continue;
    }
    const TimePoint next = next_time();
    if (next > end) {
      violate("the end is not reached: some job never ends");
      return;
    }
    now_ = std::max(now_, next);
  }
}

void World::stop() {
  for (const auto& actor : actors_) {
    actor->killed_ = true;
    while (!actor->finished_) give_turn(*actor);
  }
}

void World::violate(const std::string& what) {
  note("VIOLATION " + what);
  if (!violation_) violation_ = what;
}

void World::note(const std::string& line) {
  const double seconds = std::chrono::duration<double>(now_.time_since_epoch()).count() - 3600;
  char time[32];
  std::snprintf(time, sizeof time, "%10.3f ", seconds);
  if (trace_) std::printf("%s%s\n", time, line.c_str());
  if (history_.size() < kHistoryMax) history_.push_back(time + line);
}

}  // namespace holdfast::sim
