// Groups that stop when too many of their jobs are dead: counts the dead, and keeps the jobs of a
// stopped group from starting. A job whose message asks for no such thing costs nothing.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "index/group_stops.h"
#include "worker/context.h"

namespace holdfast {

class GroupGuard {
 public:
  // A group that goes on is looked at again after this time.
  static constexpr Duration kStands = std::chrono::seconds(5);

  // Borrows both.
  GroupGuard(const WorkerPorts& ports, const WorkerSettings& settings)
      : ports_(ports), settings_(settings) {}

  // Whether the message is of a group that has stopped: as of a moment ago, or now. A store that is
  // out of reach stops nobody.
  bool stopped(const Delivery& delivery);
  bool stopped_now(const Delivery& delivery);

  // A job is dead whose message this is.
  void note_dead(const std::string& job, const Delivery& delivery);

 private:
  struct Wish {
    std::string group;
    std::uint64_t max_dead = 0;
  };
  std::optional<Wish> wish_of(const Delivery& delivery) const;
  void say_stopped(const Wish& wish, const GroupStop& stop) const;

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  std::map<std::string, TimePoint> goes_on_;  // When we saw that of a group.
  std::map<std::string, std::string> told_;   // Of a group, since when the stop is that was told.
};

}  // namespace holdfast
