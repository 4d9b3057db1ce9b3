// holdfast checkpoint: a script inside a job says that its files are consistent.
#include <stdlib.h>

#include <string>

#include "app/commands/commands.h"
#include "app/exit_codes.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "holdfast/error.h"
#include "sdk/worker_line.h"

namespace holdfast {

int take_checkpoint(const CheckpointOptions&) {
  SignalWatch::let_through();  // A copy may take minutes, and there is nothing to tidy up.
  const char* socket = ::getenv("HOLDFAST_SOCKET");
  if (socket == nullptr || *socket == '\0') {
    say("holdfast: no worker runs this script (HOLDFAST_SOCKET is not set), so there is nothing to "
        "do\n");
    return kExitDone;
  }
  WorkerLine line(socket);
  if (!line.connected()) {
    throw Error(ErrorKind::unavailable, "the worker does not answer at " + std::string(socket) +
                                            "; no checkpoint was taken");
  }
  const std::string answer = line.ask_for_snapshot([] { return false; });
  if (answer == "OK") return kExitDone;
  throw Error(ErrorKind::unavailable, "no checkpoint was taken: " +
                                          (answer.empty() ? "the worker does not answer" : answer));
}

}  // namespace holdfast
