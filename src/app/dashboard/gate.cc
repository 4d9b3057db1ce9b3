#include "app/dashboard/gate.h"

#include "base/digest.h"

namespace holdfast {

namespace {

// Takes as long for every wrong text.
bool same(std::string_view a, std::string_view b) {
  return sha256(a) == sha256(b);
}

constexpr std::string_view kBearer = "Bearer ";

}  // namespace

DashboardGate::DashboardGate(std::string host, std::string token, bool actions)
    : host_(std::move(host)), token_(std::move(token)), actions_(actions) {}

// A browser names in Host what stands in its address bar. A name of somebody else's domain that
// resolves to this machine is the way in which other pages reach local servers.
bool DashboardGate::is_ours(std::string_view host, std::uint16_t port) const {
  const std::string end = ":" + std::to_string(port);
  if (!host.ends_with(end)) return false;
  const std::string_view name = host.substr(0, host.size() - end.size());
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return true;
  const bool any = host_ == "0.0.0.0" || host_ == "::";
  if (!any) return host == ListenAddress{host_, port}.text();
  // Told to be seen by others: under any address, but under no name.
  return name.starts_with('[') || name.find_first_not_of("0123456789.") == std::string_view::npos;
}

DashboardGate::Verdict DashboardGate::may_ask(const PageRequest& request) const {
  const std::string_view host = request.header("host");
  if (!is_ours(host, request.port)) {
    return {421, "this dashboard does not answer to the name " + std::string(host) +
                     "; use the address that it printed when it was started"};
  }
  const std::string_view origin = request.header("origin");
  const std::string_view site = request.header("sec-fetch-site");
  const bool other_origin = !origin.empty() && origin != "http://" + std::string(host);
  const bool other_site = site == "cross-site" || site == "same-site";
  // A link on another page may lead here; what it leads to is a page of ours.
  const bool link = request.method == "GET" && request.header("sec-fetch-mode") == "navigate";
  if (other_origin || (other_site && !link)) {
    return {403, "this dashboard answers its own pages only"};
  }
  return {};
}

DashboardGate::Verdict DashboardGate::may_read(const PageRequest& request) const {
  if (Verdict verdict = may_ask(request); !verdict.good()) return verdict;
  const std::string_view given = request.header("authorization");
  if (given.starts_with(kBearer) && same(given.substr(kBearer.size()), token_)) return {};
  return {401,
          "the token is missing or is that of an earlier start; open the address that "
          "holdfast dashboard printed"};
}

DashboardGate::Verdict DashboardGate::may_act(const PageRequest& request) const {
  if (Verdict verdict = may_read(request); !verdict.good()) return verdict;
  if (request.method != "POST") return {405, "only POST changes anything"};
  if (request.header("origin").empty()) {
    return {403, "a request that changes something must name the page that it comes from"};
  }
  if (!actions_) {
    return {403, "this dashboard is read-only; start it with --allow-actions to change jobs"};
  }
  return {};
}

std::string DashboardGate::key_to(std::string_view what) const {
  return sha256("link " + token_ + " " + std::string(what)).hex();
}

bool DashboardGate::opens(std::string_view key, std::string_view what) const {
  return same(key, key_to(what));
}

HttpFields security_headers() {
  return {{"Content-Security-Policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
           "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

}  // namespace holdfast
