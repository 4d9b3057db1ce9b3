#include "adapters/http/web_download.h"

#include "adapters/http/http_client.h"
#include "adapters/http/public_server.h"
#include "adapters/net/own_network.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::string_view kHttps = "https://";
constexpr int kRedirectsMax = 5;
// For one piece of the answer: a download as a whole may take any time.
constexpr Duration kPieceTime = std::chrono::seconds(60);

struct Address {
  std::string server;  // https://HOST:PORT
  std::string target;  // /PATH?QUERY

  std::string shown() const { return server + target.substr(0, target.find('?')); }
};

Address parse(const std::string& url) {
  if (!url.starts_with(kHttps)) {
    throw Error(ErrorKind::rejected, "it leads to an address that is not https");
  }
  const std::size_t end = std::min(url.find_first_of("/?#", kHttps.size()), url.size());
  Address address{url.substr(0, end), url.substr(end, url.find('#', end) - end)};
  if (!address.target.starts_with('/')) address.target.insert(0, "/");
  return address;
}

std::string resolved(const Address& from, const std::string& location) {
  if (location.starts_with("//")) return "https:" + location;
  if (location.starts_with('/')) return from.server + location;
  if (location.find("://") != std::string::npos) return location;
  const std::string path = from.target.substr(0, from.target.find('?'));
  return from.server + path.substr(0, path.rfind('/') + 1) + location;
}

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

ErrorKind kind_of(unsigned status) {
  if (status == 401 || status == 403 || status == 407) return ErrorKind::denied;
  return status >= 500 || status == 408 || status == 425 || status == 429 ? ErrorKind::unavailable
                                                                          : ErrorKind::rejected;
}

}  // namespace

bool WebDownload::download(const Asked& asked,
                           const std::function<void(std::uint64_t first)>& begins_at,
                           const std::function<void(std::string_view bytes)>& take) {
  std::string url = asked.url;
  for (int redirects = 0; redirects <= kRedirectsMax; ++redirects) {
    const Address address = parse(url);
    if (!asked.allowed(url)) {
      throw Error(ErrorKind::rejected, "it leads to " + address.shown() +
                                           ", and this worker takes no inputs from there; allow it "
                                           "with --allow-inputs if it should");
    }
    const Endpoint server = parse_endpoint(address.server);
    AddressRefusal refuse;
    if (!asked.may_be_own_network(url)) {
      refuse = own_network;
      require_public(server, kPieceTime,
                     "which jobs must not reach; name the host in --allow-inputs if they may");
    }
    HttpClient client(server, ca_file_, clock_, refuse);
    BodySink sink;
    sink.piece_time = kPieceTime;
    sink.wanted = [&](const HttpResponse& head) {
      if (head.status != 200 && head.status != 206) return false;
      begins_at(head.status == 206 ? asked.first : 0);
      return true;
    };
    sink.take = take;
    HttpRequest request;
    request.method = "GET";
    request.target = address.target;
    if (asked.first > 0) {
      request.headers.emplace_back("Range", "bytes=" + std::to_string(asked.first) + "-");
    }
    request.repeat = Repeat::allowed;
    request.answer_bytes_max = 1024 * 1024;  // Of an answer that is not what was asked for.
    request.sink = &sink;
    const HttpResponse answer = client.call(request, clock_.now() + kPieceTime);
    if (answer.status == 200 || answer.status == 206) return true;
    if (answer.status == 404 || answer.status == 410) return false;
    if (answer.status == 416 && asked.first > 0) {
      begins_at(0);  // What there is already is longer than what is there, or all of it.
      throw Error(ErrorKind::unavailable,
                  address.shown() + " cannot continue an interrupted download");
    }
    const auto location = answer.header("Location");
    if (!is_redirect(answer.status) || !location) {
      throw Error(kind_of(answer.status),
                  address.shown() + " answered with status " + std::to_string(answer.status));
    }
    url = resolved(address, std::string(*location));
  }
  throw Error(ErrorKind::rejected, "it was redirected more than 5 times");
}

}  // namespace holdfast
