// A worker as small as can be, for a test to kill: runs the command in its arguments until then.
#include <unistd.h>

#include <cstdio>

#include "adapters/local/process_runner.h"
#include "adapters/local/system_clock.h"
#include "support/copy_directory.h"

// Usage: test_worker DIRECTORY SOCKET COMMAND...
int main(int count, char** arguments) {
  holdfast::SystemClock clock;
  holdfast::ProcessRunner runner(
      clock, {[](const holdfast::TaskEvent&) {}, [](std::string_view) {}, [](std::string_view) {},
              [](const auto& from, const auto& to, const auto& stop, const auto& standstill) {
                return holdfast::copy_directory(from, to, stop, standstill);
              }});
  holdfast::TaskSpec spec;
  spec.arguments.assign(arguments + 3, arguments + count);
  spec.working_directory = arguments[1];
  spec.checkpoint_directory = arguments[1];
  spec.socket = arguments[2];
  runner.start(spec);
  std::puts("started");
  std::fflush(stdout);
  for (;;) ::pause();
}
