#include "adapters/imds/salad_node.h"

#include "core/text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kAnswerBytesMax = 64 * 1024;
// What the service takes as a reason is at most 1,000 characters and at least one.
constexpr std::size_t kReasonBytesMax = 1000;

}  // namespace

SaladNode::SaladNode(const std::string& url, const Clock& clock)
    : client_(parse_endpoint(url), "", clock) {}

void SaladNode::set_deletion_cost(std::uint32_t cost, TimePoint deadline) {
  send("PUT", "/v1/deletion-cost", R"({"deletion_cost":)" + std::to_string(cost) + "}", deadline);
}

void SaladNode::replace(const std::string& reason, TimePoint deadline) {
  const std::string text = fitted(reason.empty() ? "unfit" : reason, kReasonBytesMax);
  send("POST", "/v1/reallocate", R"({"reason":)" + json_string(text) + "}", deadline);
}

void SaladNode::send(std::string_view method, std::string_view target, std::string_view body,
                     TimePoint deadline) {
  HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = {{"Metadata", "true"}, {"Content-Type", "application/json"}};
  request.body = body;
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  const HttpResponse answer = client_.call(request, deadline);
  if (answer.status / 100 == 2) return;
  // 400 says that we ask wrongly. 404 is what an instance hears whose time is over, and what
  // a place without this service says: it may be another one after a while.
  throw Error(answer.status == 400   ? ErrorKind::rejected
              : answer.status == 403 ? ErrorKind::denied
                                     : ErrorKind::unavailable,
              "the metadata service at " + client_.endpoint().text() + " answered " +
                  std::to_string(answer.status) + " to " + request.method + " " + request.target);
}

}  // namespace holdfast
