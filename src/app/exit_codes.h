// The exit codes of the holdfast program (docs/operations.md). Those of a task, which are another
// thing, stand in core/ending.h.
#pragma once

namespace holdfast {

constexpr int kExitDone = 0;
constexpr int kExitJobsDead = 1;  // Some jobs were set aside for a person.
constexpr int kExitNotAll = 1;    // dead, cancel, checkpoints: not all that was asked for was done.
constexpr int kExitUnwell = 1;    // health: the worker is stuck or does not answer.
constexpr int kExitUsage = 2;     // Command line, settings or list cannot be used; nothing done.
constexpr int kExitDifferent = 3;     // setup: queues differ; doctor: something is bad.
constexpr int kExitUnreachable = 4;   // Broker, store or disk are out of reach or refuse.
constexpr int kExitWorkerUnfit = 69;  // This node must not take jobs; the same as a task's word.
constexpr int kExitTimedOut = 124;    // wait: --timeout came first; as timeout(1) has it.
constexpr int kExitSignalBase = 128;  // Plus the signal's number: a signal ended it.

}  // namespace holdfast
