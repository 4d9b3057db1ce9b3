// One attempt of a simulated job on one instance, from its restore to its end. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "simulate/scenario.h"

namespace holdfast {

enum class AttemptStep {
  snapshot,  // The task stands still from now on.
  released,  // It goes on.
  uploaded,  // A checkpoint counts.
  finished,
};

class AttemptPlay {
 public:
  // `restored`: when the checkpoint with the work `saved` is there. Borrows scenario and way.
  AttemptPlay(const Scenario& scenario, const Way& way, std::uint64_t job, Hours saved, Hours now,
              Hours restored);

  std::uint64_t job() const { return job_; }
  Hours work() const { return work_; }            // Done by the last call.
  Hours saved() const { return saved_; }          // That a committed checkpoint holds.
  Hours restoring() const { return restoring_; }  // Spent so far, like the next.
  Hours slowed() const { return slowed_; }

  struct Next {
    Hours at;
    AttemptStep step;
  };
  // What happens to it if it is left alone.
  Next next() const;

  // Lets it go on until `now`, which is not after next().at.
  void advance(Hours now);
  // Carries out next(), whose time has come.
  AttemptStep carry_out();

 private:
  double speed() const;

  const Scenario& scenario_;
  const Way& way_;
  const std::uint64_t job_;
  const Hours upload_;
  Hours work_;
  Hours saved_;
  Hours now_;
  Hours computes_from_;
  Hours next_snapshot_;
  std::optional<Hours> held_until_;
  std::optional<Hours> upload_ends_;
  Hours work_in_upload_{0};
  Hours restoring_{0};
  Hours slowed_{0};
};

}  // namespace holdfast
