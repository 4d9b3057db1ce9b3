#include "marks.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace holdfast::sim {

namespace {

// What can go wrong.
constexpr std::array kFaults = std::to_array<std::string_view>({
    "store refuses a call",
    "store is busy",
    "store rejects a call",
    "request lost",
    "answer lost",
    "slow call",
    "request held back",
    "late read",
    "late create",
    "late write",
    "late copy",
    "late remove",
    "body damaged on the way",
    "body cut short on the way",
    "exists, but nothing to read",
    "store without a fence",
    "checkpoint rots",
    "store away for all",
    "store away for one worker",
    "broker away for all",
    "broker away for one worker",
    "message refused",
    "message late",
    "message dies with its sender",
    "message outlives its sender",
    "confirm late",
    "confirm lost",
    "delivery limit reached",
    "worker killed",
    "worker freezes",
    "snapshot fails",
    "drained while a task runs",
    "drained while no task runs",
    "job cancelled by a person",
    "job redriven by a person",
    "job run again by a person",
    "rerun killed",
    "job forgotten by a person",
    "running job forgotten by a person",
    "forget killed",
    "job cleaned up by a person",
    "result removed by a person",
    "job goes on while it is cleaned up",
    "gc killed",
    "program exits with 65",
    "program exits with 69",
    "program exits with 75",
    "program exits with 85",
    "program hangs",
    "program takes its machine with it",
    "program cannot read its checkpoint",
    "stopped after it said that it was finished",
    "index refused",
    "index not told by a command that was killed",
});

// What the checker looks at only under conditions.
constexpr std::array kLooks = std::to_array<std::string_view>({
    "lag of a task that runs well is looked at",
    "last checkpoint is looked at",
    "backoff is looked at",
    "backoff after 75 or 85 is looked at",
    "step back is looked at",
    "death after failures from a checkpoint is looked at",
    "index entry is looked at as it is",
    "lost owner is replaced",
    "takeover is looked at",
    "result of a former epoch is replaced",
    "what is left of a forgotten job is looked at",
    "owner of a forgotten job says that it is gone",
    "ending failed",
    "ending refused",
    "ending interrupted",
    "ending checkpointed",
    "ending node_unfit",
    "ending stalled",
    "ending timed_out",
    "ending lost",
    "dead failed",
    "dead refused",
    "dead timed_out",
    "dead no_progress",
});

// Ways through the product: events of its log.
constexpr std::array kEvents = std::to_array<std::string_view>({
    "broker connection lost",
    "broker connection made again",
    "checkpoint committed",
    "checkpoint found damaged",
    "checkpoint not restored",
    "checkpoint not stored, trying again",
    "checkpoint restored",
    "delivery adopted",
    "job cancelled",
    "job cancelled, stopping its task",
    "job completed",
    "job forgotten",
    "job left alone",
    "job parked",
    "job set aside",
    "last checkpoint not stored",
    "message not published",
    "message renewed",
    "no room to park, job comes again later",
    "node is unfit, taking no more jobs",
    "old checkpoint not removed",
    "owner asked",
    "reading once more",
    "result not published",
    "result not stored",
    "snapshot failed",
    "store call failed and is repeated",
    "store out of reach, trying again",
    "store out of reach while asking",
    "store out of reach while watching",
    "task asked to stop",
    "this worker cannot go on",
    "attempt superseded",
});

template <typename Visit>
void for_each_mark(const Visit& visit) {
  for (const std::string_view mark : kFaults) visit(mark);
  for (const std::string_view mark : kLooks) visit(mark);
  for (const std::string_view mark : kEvents) visit(mark);
}

bool listed(std::string_view mark) {
  bool found = false;
  for_each_mark([&](std::string_view listed_one) { found = found || listed_one == mark; });
  return found;
}

}  // namespace

void Marks::reach(std::string_view mark) {
  if (reached_.contains(mark)) return;
  check(listed(mark), "the mark '" + std::string(mark) + "' is on the list");
  reached_.emplace(mark);
}

void Marks::reach_if_listed(std::string_view event) {
  if (!reached_.contains(event) && listed(event)) reached_.emplace(event);
}

std::vector<std::string> Marks::missing() const {
  std::vector<std::string> missing;
  for_each_mark([&](std::string_view mark) {
    if (!reached_.contains(mark)) missing.emplace_back(mark);
  });
  return missing;
}

}  // namespace holdfast::sim
