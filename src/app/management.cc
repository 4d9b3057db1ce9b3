#include "app/management.h"

#include "adapters/http/http_client.h"
#include "base/digest.h"
#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Beside a queue's counts comes one object per consumer.
constexpr std::uint64_t kAnswerBytesMax = 16 * 1024 * 1024;
// A firewall that drops packets must not hold up what the broker itself has told.
constexpr Duration kWaitMax = std::chrono::seconds(4);
constexpr unsigned kOk = 200;

std::optional<std::string> fetch(const BrokerConfig& broker, const std::string& path,
                                 const Clock& clock) {
  HttpClient client(parse_endpoint(broker.management_url), broker.ca_file, clock);
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  request.headers = {{"Authorization", "Basic " + to_base64(broker.user + ":" + broker.password)}};
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  HttpResponse response = client.call(request, clock.now() + kWaitMax);
  if (response.status == kOk) return std::move(response.body);
  log(LogLevel::debug, "management interface refused", {{"status", response.status}});
  return std::nullopt;
}

}  // namespace

std::function<std::optional<std::string>(const std::string&)> management_of(
    const BrokerConfig& broker, const Clock& clock) {
  return [broker, &clock](const std::string& path) -> std::optional<std::string> {
    try {
      return fetch(broker, path, clock);
    } catch (const Error& error) {
      log(LogLevel::debug, "management interface out of reach", {{"error", error.what()}});
      return std::nullopt;
    }
  };
}

}  // namespace holdfast
