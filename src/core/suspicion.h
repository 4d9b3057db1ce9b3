// Whose fault failures are: the jobs' or this node's. Decided from what the jobs' logs say, so that
// neither a broken node kills job after job, nor a broken program node after node. Pure.
//
//   a job that failed on another node, too      its own fault
//   a job that failed here and progressed or
//   completed on another node                   a witness against this node; three are enough
//   a job that failed here and waits            nothing is known yet
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "core/record.h"

namespace holdfast {

class Suspicion {
 public:
  static constexpr std::size_t kWitnesses = 3;
  // Jobs that are remembered; the oldest is forgotten.
  static constexpr std::size_t kSuspectsMax = 16;
  static constexpr Duration kPauseFirst = std::chrono::seconds(5);
  static constexpr Duration kPauseMax = std::chrono::seconds(60);

  explicit Suspicion(std::string worker);

  // An attempt of ours ended; `after` is the record that says so.
  void ended(const std::string& job, const Record& after);
  // What the log of one that failed here says now.
  void seen(const std::string& job, const Record& newest);

  // Those whose logs may say more by now.
  std::vector<std::string> unclear() const;
  // Whether the node is to blame, and by which jobs that is known.
  bool proven() const { return witnesses().size() >= kWitnesses; }
  std::vector<std::string> witnesses() const;
  // How long to leave the next job to others: while jobs fail here one after the other and nobody
  // knows why, a node must not be the fastest to take the next one.
  Duration pause() const;

 private:
  struct Suspect {
    std::string job;
    AttemptNumber attempt;
    Generation generation;
    bool witness = false;
  };

  bool failed_elsewhere(const Record& record) const;
  void forget(const std::string& job);

  const std::string worker_;  // As records have it.
  std::vector<Suspect> suspects_;
};

}  // namespace holdfast
