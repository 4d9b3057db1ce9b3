// holdfast autoscale: the fleet follows the work.
#include "adapters/amqp/holding_workers.h"
#include "adapters/http/http_server.h"
#include "app/commands/commands.h"
#include "app/commands/fleet_json.h"
#include "app/commands/places.h"
#include "app/exit_codes.h"
#include "app/fleet_config.h"
#include "app/management.h"
#include "app/terminal.h"
#include "app/wiring.h"
#include "autoscale/autoscale_pages.h"
#include "autoscale/autoscaler.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "core/metrics_text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// What a round may take: a cloud that is out of reach is asked again in the next one.
constexpr Duration kRoundMax = std::chrono::minutes(2);

ScalingPolicy policy_of(const AutoscaleOptions& options, const Settings& settings) {
  ScalingPolicy policy = options.policy;
  size_limits(settings, policy);
  // From cron each run is a new one: its own pause is what it has for a cooldown.
  if (options.once) policy.cooldown = Duration::zero();
  return policy;
}

std::string verb(const ScalingRound& round, bool dry) {
  if (!round.decision.changes()) return "nothing is changed";
  if (dry) return "would be changed";
  return round.carried_out ? "changed" : "could not be changed";
}

void tell(const ScalingRound& round, const AutoscaleOptions& options) {
  for (const std::string& failure : round.failures) {
    if (options.once) break;  // Then they are how it ends.
    log(round.rejected ? LogLevel::error : LogLevel::warn, "fleet or queue did not answer",
        {{"error", failure}});
  }
  if (options.json) {
    print(to_json(round) + "\n");
  } else if (options.once || options.dry_run) {
    print(verb(round, options.dry_run) + ": " + round.decision.reason + "\n");
  } else {
    log(round.decision.person_needed ? LogLevel::error : LogLevel::info, "fleet looked at",
        {{"outcome", verb(round, false)}, {"reason", round.decision.reason}});
  }
}

// What ends a command that was asked for one decision.
int outcome_of(const ScalingRound& round) {
  for (const std::string& failure : round.failures) say("holdfast: " + failure + "\n");
  const bool failed = !round.failures.empty() || round.decision.person_needed;
  return failed ? kExitUnreachable : kExitDone;
}

std::function<std::optional<std::vector<HoldingWorker>>()> holders_of(const QueueConfig& queue,
                                                                      const Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return [fetch = management_of(*broker, clock), vhost = broker->vhost] {
      return holding_workers(fetch, vhost);
    };
  }
  return [] { return std::optional<std::vector<HoldingWorker>>(); };
}

// The page of the last round, for whoever asks; the server has a thread of its own.
class Front {
 public:
  Front(const std::optional<ListenAddress>& address, const Clock& clock) : clock_(clock) {
    page_.post({{}, clock.now()});
    if (address) server_.emplace(*address, [this](const std::string& path) { return page(path); });
  }

  void show(const ScalingRound& round) {
    counts_.add(round);
    static_cast<void>(page_.next(TimePoint::max()));
    page_.post({autoscale_metrics(round, counts_), clock_.now()});
  }

 private:
  // A round and the longest pause between two are far below.
  static constexpr Duration kSilenceMax = std::chrono::hours(25);

  struct Shown {
    std::string metrics;
    TimePoint since;
  };

  Page page(const std::string& path) {
    const Shown shown = *page_.next(TimePoint::max());
    page_.post(shown);
    if (path == "/metrics") return {200, std::string(MetricsText::kContentType), shown.metrics};
    if (path != "/healthz") return {404, "text/plain", "there is /healthz and /metrics\n"};
    const bool well = clock_.now() - shown.since < kSilenceMax;
    return {well ? 200u : 503u, "text/plain", well ? "well\n" : "no round for a day\n"};
  }

  const Clock& clock_;
  ScalingCounts counts_;
  Mailbox<Shown> page_;  // Always one.
  std::optional<HttpServer> server_;
};

}  // namespace

int autoscale(const AutoscaleOptions& options, const CommandContext& context) {
  set_log_level(options.once ? LogLevel::warn : options.log_level);
  const Settings settings = settings_of(options.place);
  const ScalingPolicy policy = policy_of(options, settings);
  const FleetConfig fleet_place = fleet_config(settings);
  const QueueConfig queue = scaled_queue(settings);
  const auto fleet = make_fleet(fleet_place, context.clock);
  const auto admin = make_admin(queue, context.clock);
  Autoscaler autoscaler({*admin, *fleet, holders_of(queue, context.clock), context.clock}, policy);
  Front front(options.once ? std::nullopt : front_config(settings).listen, context.clock);
  log(LogLevel::info, "autoscaler started",
      {{"fleet", shown(fleet_place)}, {"queue", shown(queue)}});
  for (bool first = true;; first = false) {  // Ends with a signal, or with one decision if asked.
    const TimePoint begin = context.clock.now();
    const ScalingRound round = autoscaler.round(options.dry_run, begin + kRoundMax);
    tell(round, options);
    front.show(round);
    // What is wrong from the beginning is a mistake in the settings, not an outage.
    if (first && round.rejected && !options.once) return outcome_of(round);
    const auto& again = round.decision.look_again;
    if (options.once && (!again || !round.failures.empty())) return outcome_of(round);
    const Duration pause = again ? std::min(*again, options.every) : options.every;
    if (const auto signal = context.signals.next(begin + pause)) {
      log(LogLevel::info, "autoscaler ended", {{"signal", *signal}});
      return options.once ? kExitSignalBase + *signal : kExitDone;
    }
  }
}

}  // namespace holdfast
