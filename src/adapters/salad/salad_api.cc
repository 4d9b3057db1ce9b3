#include "adapters/salad/salad_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "adapters/salad/salad_json.h"
#include "base/log.h"
#include "core/text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// A thousand instances take about half a megabyte.
constexpr std::uint64_t kAnswerBytesMax = 32 * 1024 * 1024;
constexpr Duration kFirstPause = std::chrono::milliseconds(500);
constexpr Duration kPauseMax = std::chrono::seconds(30);
constexpr Duration kRetryAfterMax = std::chrono::minutes(10);
// So long may one answer take; a server that hangs is asked again.
constexpr Duration kAnswerWait = std::chrono::seconds(20);
constexpr std::size_t kSentenceBytesMax = 400;
constexpr const char* kJson = "application/json";
constexpr const char* kMergePatch = "application/merge-patch+json";

bool succeeded(unsigned status) {
  return status >= 200 && status < 300;
}

bool asks_to_come_again(unsigned status) {
  return status == 429 || status == 408 || status >= 500;
}

std::string advice(unsigned status) {
  switch (status) {
    case 401:
    case 403:
      return "; check salad_api_key, which belongs to a person and may have been replaced, and "
             "that person's rights in this organization";
    case 404:
      return "; check org, project and container_group_name";
    default:
      return {};
  }
}

}  // namespace

std::optional<Duration> retry_after(const HttpResponse& response) {
  const auto value = response.header("Retry-After");
  if (!value) return std::nullopt;
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error != std::errc() || end != value->data() + value->size()) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(seconds), kRetryAfterMax);
}

std::string cloud_says(const HttpResponse& response) {
  const std::string status = "status " + std::to_string(response.status);
  const auto problem = problem_in(response.body);
  if (!problem) return status + ", without an explanation";
  return status + ": " + fitted(*problem, kSentenceBytesMax);
}

SaladApi::SaladApi(const SaladPlace& place, Clock& clock)
    : place_(place), clock_(clock), client_(parse_endpoint(place.url), place.ca_file, clock) {}

std::string SaladApi::organization() const {
  return "/organizations/" + percent_encode(place_.organization);
}

std::string SaladApi::groups() const {
  return organization() + "/projects/" + percent_encode(place_.project) + "/containers";
}

std::string SaladApi::group() const {
  return groups() + "/" + percent_encode(place_.group);
}

std::string SaladApi::get(const std::string& target, TimePoint deadline) {
  const Call call{"GET", target, {}, {}};
  return body_of(call, answer(call, deadline));
}

std::optional<std::string> SaladApi::find(const std::string& target, TimePoint deadline) {
  const Call call{"GET", target, {}, {}};
  HttpResponse response = answer(call, deadline);
  if (response.status == 404) return std::nullopt;
  return body_of(call, std::move(response));
}

std::string SaladApi::post(const std::string& target, std::string_view json, TimePoint deadline) {
  const Call call{"POST", target, json, json.empty() ? "" : kJson};
  return body_of(call, answer(call, deadline));
}

std::string SaladApi::patch(const std::string& target, std::string_view json, TimePoint deadline) {
  const Call call{"PATCH", target, json, kMergePatch};
  return body_of(call, answer(call, deadline));
}

std::string SaladApi::body_of(const Call& call, HttpResponse response) const {
  if (succeeded(response.status)) return std::move(response.body);
  const bool access = response.status == 401 || response.status == 402 || response.status == 403;
  throw Error(access ? ErrorKind::denied : ErrorKind::rejected,
              "SaladCloud refuses " + call.method + " " + call.target + " (" +
                  cloud_says(response) + ")" + advice(response.status));
}

void SaladApi::await_turn(TimePoint deadline) {
  wait(away_until_, away_why_, deadline);
  wait(limit_.next(clock_.now()),
       "no request was sent to SaladCloud: it allows " +
           std::to_string(RequestLimit::kRequestsMax) +
           " requests a minute with one key, and this limit is reached",
       deadline);
  limit_.note(clock_.now());
}

HttpResponse SaladApi::once(const Call& call, TimePoint deadline) {
  HttpRequest request;
  request.method = call.method;
  request.target = call.target;
  request.headers = {{"Salad-Api-Key", place_.api_key}, {"Accept", kJson}};
  if (!call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
  request.body = call.body;
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  const TimePoint latest = clock_.now() + kAnswerWait;
  return client_.call(request, std::min(latest, deadline));
}

HttpResponse SaladApi::answer(const Call& call, TimePoint deadline) {
  Duration pause = kFirstPause;
  for (;;) {  // Ends by the deadline: every turn but the last waits.
    await_turn(deadline);
    std::string why;
    Duration asked = pause;
    try {
      HttpResponse response = once(call, deadline);
      if (!asks_to_come_again(response.status)) return response;
      why = "SaladCloud does not accept " + call.method + " " + call.target + " now (" +
            cloud_says(response) + ")";
      if (const auto said = retry_after(response)) {
        asked = std::max(*said, kFirstPause);
        away_until_ = clock_.now() + asked;
        away_why_ = why;
      }
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      why = error.what();
    }
    log(LogLevel::debug, "cloud asked again", {{"why", why}});
    wait(clock_.now() + asked, why, deadline);
    pause = std::min(2 * pause, kPauseMax);
  }
}

void SaladApi::wait(TimePoint until, const std::string& why, TimePoint deadline) {
  if (until <= clock_.now()) return;
  if (until >= deadline) throw Error(ErrorKind::unavailable, why);
  clock_.wait_until(until);
}

}  // namespace holdfast
