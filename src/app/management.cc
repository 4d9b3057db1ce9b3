#include "app/management.h"

#include <memory>
#include <utility>

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
constexpr unsigned kUnauthorized = 401;
constexpr unsigned kForbidden = 403;

// Whether what listens there says that it is a management interface. Many other servers could stand
// at the usual port of a broker's host, and none of them shall hear its password.
bool is_management(HttpClient& client, TimePoint deadline) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/api/overview";
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  const HttpResponse answer = client.call(request, deadline);
  const std::string realm(answer.header("www-authenticate").value_or(""));
  return answer.status == kUnauthorized && (realm.find("RabbitMQ") != std::string::npos ||
                                            realm.find("LavinMQ") != std::string::npos);
}

HttpResponse ask(const BrokerConfig& broker, const std::string& path, const Clock& clock) {
  HttpClient client(parse_endpoint(broker.management_url), broker.ca_file, clock);
  const TimePoint deadline = clock.now() + kWaitMax;
  if (broker.management_assumed && !is_management(client, deadline)) {
    throw Error(ErrorKind::denied, broker.management_url +
                                       " does not say that it is a management interface; name it "
                                       "with --management-url if it is one");
  }
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  request.headers = {{"Authorization", "Basic " + to_base64(broker.user + ":" + broker.password)}};
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  return client.call(request, deadline);
}

void warn_of_refusal(const BrokerConfig& broker, unsigned status) {
  log(LogLevel::warn,
      "management interface refuses the user, so nobody knows what is in flight: give the user the "
      "tag monitoring (rabbitmqctl set_user_tags USER monitoring) and the right to its virtual "
      "host, or name one that has them (rabbitmq_username, rabbitmq_password)",
      {{"user", broker.user}, {"at", broker.management_url}, {"status", status}});
}

}  // namespace

std::function<std::optional<std::string>(const std::string&)> management_of(
    const BrokerConfig& broker, const Clock& clock) {
  return [broker, &clock, warned = std::make_shared<bool>(false)](
             const std::string& path) -> std::optional<std::string> {
    try {
      HttpResponse response = ask(broker, path, clock);
      if (response.status == kOk) return std::move(response.body);
      log(LogLevel::debug, "management interface refused", {{"status", response.status}});
      const bool refused = response.status == kUnauthorized || response.status == kForbidden;
      if (refused && !std::exchange(*warned, true)) warn_of_refusal(broker, response.status);
    } catch (const Error& error) {
      log(LogLevel::debug, "management interface out of reach", {{"error", error.what()}});
    }
    return std::nullopt;
  };
}

}  // namespace holdfast
