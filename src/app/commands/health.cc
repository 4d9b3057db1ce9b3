// holdfast health: asks a worker's health page, for probes that run a command.
#include "adapters/http/http_client.h"
#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr Duration kAnswerTime = std::chrono::seconds(5);
constexpr std::uint64_t kPageBytesMax = 64 * 1024;

}  // namespace

int check_health(const HealthOptions& options, const CommandContext& context) {
  SignalWatch::let_through();
  PlaceOptions place = options.place;
  if (!options.address.empty()) place.flags["--listen"] = options.address;
  const auto listens = front_config(settings_of(place)).listen;
  if (!listens) {
    throw UsageError(
        "give the address at which the worker listens, as in holdfast health 9300, or set "
        "HOLDFAST_LISTEN");
  }
  HttpRequest request;
  request.method = "GET";
  request.target = "/healthz";
  request.answer_bytes_max = kPageBytesMax;
  try {
    HttpClient client(parse_endpoint("http://" + reachable(*listens).text()), "", context.clock);
    const HttpResponse answer = client.call(request, context.clock.now() + kAnswerTime);
    print(answer.body);
    return answer.status == 200 ? kExitDone : kExitUnwell;
  } catch (const Error& error) {
    say("holdfast: no answer from a worker: " + std::string(error.what()) + "\n");
    return kExitUnwell;
  }
}

}  // namespace holdfast
