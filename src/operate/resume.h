// Lets a group go on that has stopped because too many of its jobs are dead.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/dead_letters.h"
#include "ports/queue.h"
#include "ports/store.h"

namespace holdfast {

struct ResumePorts {
  DeadLetters& held;  // The queue's held jobs.
  Publisher& publisher;
  Store& store;
  const Clock& clock;
  const FleetLayout& layout;
};

struct ResumeSummary {
  bool had_stopped = false;
  std::uint64_t jobs = 0;  // That were held, and are back in the queue.
};

// First the store says that the group goes on, then each of its held jobs is published and
// confirmed, and only then removed from where it was held. Broken off anywhere and repeated, no job
// is lost, and one that is there twice runs once. `stop`: true ends it early. `new_message_id`:
// random. Throws Error.
ResumeSummary resume(const ResumePorts& ports, const std::string& group,
                     const std::function<bool()>& stop,
                     const std::function<std::string()>& new_message_id);

}  // namespace holdfast
