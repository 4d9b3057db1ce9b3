#include "adapters/net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::int64_t kTriesMax = 2;
constexpr std::int64_t kAnswerSecondsMax = 5;

// How many names the resolver may ask for: a name without a dot goes through all search domains.
std::int64_t names_tried(const std::string& host) {
  if (host.find('.') != std::string::npos) return 1;
  std::int64_t count = 1;
  for (const char* const* domain = _res.dnsrch; *domain != nullptr; ++domain) ++count;
  return count;
}

// The resolver's state is the thread's own; its defaults are 5 s and two tries for each server.
// Reading its configuration anew is right too: the network may have become another one.
void limit_resolver(const std::string& host, Duration time_left) {
  if (::res_init() != 0) return;  // It will say itself what is wrong.
  _res.ndots = 1;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time_left).count();
  const std::int64_t waits = std::max(1, _res.nscount) * names_tried(host);
  _res.retry = static_cast<int>(std::clamp<std::int64_t>(seconds / waits, 1, kTriesMax));
  _res.retrans = static_cast<int>(
      std::clamp<std::int64_t>(seconds / (waits * _res.retry), 1, kAnswerSecondsMax));
}

// With the interface that an address of one link needs.
std::string address_text(const addrinfo& entry) {
  std::array<char, NI_MAXHOST> text{};
  const int failed = ::getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(), text.size(),
                                   nullptr, 0, NI_NUMERICHOST);
  return failed == 0 ? std::string(text.data()) : std::string();
}

}  // namespace

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::vector<std::string> resolve(const std::string& host, Duration time_left) {
  if (is_address(host)) return {host};

  limit_resolver(host, time_left);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int outcome = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (outcome != 0) {
    const std::string reason = outcome == EAI_SYSTEM ? std::generic_category().message(errno)
                                                     : std::string(::gai_strerror(outcome));
    throw Error(ErrorKind::unavailable, "cannot find the host " + host + ": " + reason +
                                            "; check the name and this machine's network");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);

  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::string text = address_text(*entry);
    const bool known = std::ranges::find(addresses, text) != addresses.end();
    if (!text.empty() && !known && addresses.size() < kAddressesMax) {
      addresses.push_back(std::move(text));
    }
  }
  if (addresses.empty()) {
    throw Error(ErrorKind::unavailable, "the host " + host + " has no address");
  }
  return addresses;
}

}  // namespace holdfast
