// What was seen at the last look that succeeded, since when looking fails, and since when a look is
// under way. Written by the thread that looks; any thread reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/locked.h"

namespace holdfast {

// Times in seconds since 1970; 0: none.
struct LookState {
  std::int64_t seen = 0;     // The end of the last look that succeeded.
  std::string failure = {};  // Of the last look; empty: it succeeded, or there was none.
  std::int64_t failing_since = 0;
  std::int64_t looking_since = 0;  // A look is under way.
};

template <typename Value>
class LookedAt {
 public:
  void begin(std::int64_t now) {
    state_.with([&](State& state) { state.look.looking_since = now; });
  }
  void succeed(std::shared_ptr<const Value> value, std::int64_t now) {
    state_.with([&](State& state) {
      state.value = std::move(value);
      state.look = {now, "", 0, 0};
    });
  }
  void fail(const std::string& failure, std::int64_t now) {
    state_.with([&](State& state) {
      if (state.look.failing_since == 0) state.look.failing_since = now;
      state.look.failure = failure;
      state.look.looking_since = 0;
    });
  }

  // Null until a look has succeeded.
  std::pair<std::shared_ptr<const Value>, LookState> get() {
    std::pair<std::shared_ptr<const Value>, LookState> both;
    state_.with([&](State& state) { both = {state.value, state.look}; });
    return both;
  }

 private:
  struct State {
    std::shared_ptr<const Value> value;
    LookState look;
  };
  Locked<State> state_;
};

}  // namespace holdfast
