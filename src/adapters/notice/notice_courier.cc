#include "adapters/notice/notice_courier.h"

#include <utility>

#include "adapters/child/child_output.h"
#include "adapters/http/public_server.h"
#include "adapters/local/task_environment.h"
#include "adapters/net/own_network.h"
#include "base/digest.h"
#include "base/hmac.h"
#include "core/text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::size_t kErrorBytesMax = 200;

ErrorKind kind_of(unsigned status) {
  return status == 401 || status == 403 || status == 407 ? ErrorKind::denied
                                                         : ErrorKind::unavailable;
}

}  // namespace

NoticeCourier::NoticeCourier(std::string key, std::filesystem::path ca_file, NotifyRules rules,
                             const Clock& clock)
    : key_(std::move(key)), ca_file_(std::move(ca_file)), rules_(std::move(rules)), clock_(clock) {}

void NoticeCourier::send(const Notice& notice, const NotifyTarget& target, NamedBy by,
                         TimePoint deadline) {
  if (by == NamedBy::submitter) {
    const std::string refusal = rules_.refusal(target);
    if (!refusal.empty()) throw Error(ErrorKind::rejected, shown(target) + ": " + refusal);
  }
  if (target.kind == NotifyTarget::Kind::command) return run(notice, target.text, deadline);
  post(notice, target.text, by == NamedBy::us || rules_.names_host(target.text), deadline);
}

HttpClient& NoticeCourier::client_of(const std::string& server, bool own_network_too) {
  auto& client = clients_[{server, own_network_too}];
  if (!client) {
    client = std::make_unique<HttpClient>(parse_endpoint(server), ca_file_, clock_,
                                          own_network_too ? AddressRefusal() : own_network);
  }
  return *client;
}

// A redirect is not followed: it would lead where nobody has looked.
void NoticeCourier::post(const Notice& notice, const std::string& url, bool own_network_too,
                         TimePoint deadline) {
  const UrlParts parts = parts_of_url(url);
  if (!own_network_too) {
    require_public(parse_endpoint(parts.server), deadline - clock_.now(),
                   "which jobs must not reach; name the host in --allow-notify if they may");
  }
  HttpRequest request;
  request.method = "POST";
  request.target = parts.target;
  request.headers = {{"Content-Type", "application/json"}, {"Holdfast-Notice", notice.id}};
  if (!key_.empty()) {
    request.headers.emplace_back("Holdfast-Signature",
                                 "sha256=" + to_hex(hmac_sha256(key_, notice.json)));
  }
  request.body = std::string_view(notice.json);
  request.repeat = Repeat::allowed;  // The receiver knows a second one by its id.
  // What it answers beside the status is nobody's business, however long it is.
  BodySink ignored;
  ignored.wanted = [](const HttpResponse&) { return true; };
  ignored.take = [](std::string_view) {};
  ignored.piece_time = deadline - clock_.now();
  request.sink = &ignored;
  const HttpResponse answer = client_of(parts.server, own_network_too).call(request, deadline);
  if (answer.status >= 200 && answer.status < 300) return;
  const bool elsewhere = answer.status >= 300 && answer.status < 400;
  throw Error(kind_of(answer.status),
              parts.server + " answered with status " + std::to_string(answer.status) +
                  (elsewhere ? ", a redirect, which is not followed: give the final URL" : ""));
}

void NoticeCourier::run(const Notice& notice, const std::string& command, TimePoint deadline) {
  ChildInput input;
  input.in = notice.json + "\n";
  input.environment = task_environment({{"HOLDFAST_NOTICE_EVENT", notice.event},
                                        {"HOLDFAST_NOTICE_ID", notice.id},
                                        {"HOLDFAST_NOTICE_TEXT", notice.text}},
                                       {});
  const ChildOutput output = run_child({"/bin/sh", "-c", command}, deadline, clock_, input);
  if (output.code == 0) return;
  throw Error(ErrorKind::unavailable,
              shown({NotifyTarget::Kind::command, command}) + " exited with " +
                  std::to_string(output.code) +
                  (output.err.empty() ? "" : ": " + fitted(output.err, kErrorBytesMax)));
}

}  // namespace holdfast
