// Makes the queues and says in words what was found: what differs from the wanted, what follows
// from it, and how it is mended.
#pragma once

#include <string>
#include <vector>

#include "ports/queue.h"

namespace holdfast {

struct SetupReport {
  std::vector<SetupFinding> findings;
  std::vector<std::string> lines;  // The same for people.
  bool differs = false;
  bool loses = false;  // A queue throws messages away; submit and work refuse it.
};

// Throws Error.
SetupReport set_up_queues(QueueAdmin& admin, TimePoint deadline);

}  // namespace holdfast
