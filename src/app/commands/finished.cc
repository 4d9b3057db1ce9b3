// holdfast finished: a script inside a job says that its work is done.
#include <stdlib.h>

#include <string>

#include "app/commands/commands.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "holdfast/error.h"
#include "sdk/worker_line.h"

namespace holdfast {

namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

int say_finished(const FinishedOptions&) {
  const char* socket = ::getenv("HOLDFAST_SOCKET");
  if (socket == nullptr || *socket == '\0') {
    say("holdfast: no worker runs this script (HOLDFAST_SOCKET is not set), so there is nothing to "
        "do\n");
    return kExitDone;
  }
  WorkerLine line(socket);
  if (line.connected() && line.tell("FINISHED=1\n", kPatience)) return kExitDone;
  throw Error(ErrorKind::unavailable, "the worker does not answer at " + std::string(socket) +
                                          "; the worker does not know that the job is finished");
}

}  // namespace holdfast
