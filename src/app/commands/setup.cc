// holdfast setup: makes the queues, or says what differs.
#include "operate/setup.h"

#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/wiring.h"
#include "base/log.h"
#include "operate/operate_json.h"

namespace holdfast {

namespace {

constexpr Duration kWait = std::chrono::seconds(30);

}  // namespace

int set_up(const SetupOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);  // What a person has to know is told in sentences.
  SignalWatch::let_through();
  const QueueConfig queue = queue_config(settings_of(options.place));
  const auto admin = make_admin(queue, context.clock);
  const SetupReport report = set_up_queues(*admin, context.clock.now() + kWait);
  if (options.json) {
    for (const SetupFinding& finding : report.findings) print(to_json(finding) + "\n");
  } else {
    for (const std::string& line : report.lines) print(line + "\n");
  }
  return report.differs || report.loses ? kExitDifferent : kExitDone;
}

}  // namespace holdfast
