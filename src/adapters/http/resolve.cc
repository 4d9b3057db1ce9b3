#include "adapters/http/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr int kTries = 2;

// The resolver's state is the thread's own; its defaults are 5 s and two tries for each server.
void limit_resolver(Duration time_left) {
  if (::res_init() != 0) return;  // It will say itself what is wrong.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time_left).count();
  const auto waits = std::max<std::int64_t>(1, std::int64_t{kTries} * _res.nscount);
  _res.retry = kTries;
  _res.retrans = static_cast<int>(std::clamp<std::int64_t>(seconds / waits, 1, 5));
}

std::string address_text(const addrinfo& entry) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  if (entry.ai_family == AF_INET) {
    address = &reinterpret_cast<const sockaddr_in*>(entry.ai_addr)->sin_addr;
  } else if (entry.ai_family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6*>(entry.ai_addr)->sin6_addr;
  }
  if (address == nullptr) return {};
  if (::inet_ntop(entry.ai_family, address, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

}  // namespace

std::vector<std::string> resolve(const std::string& host, Duration time_left) {
  std::array<unsigned char, sizeof(in6_addr)> scratch{};
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), scratch.data()) == 1 ||
                          ::inet_pton(AF_INET6, host.c_str(), scratch.data()) == 1;
  if (is_address) return {host};

  limit_resolver(time_left);
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
                                            "; check its name and this machine's network");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);

  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::string text = address_text(*entry);
    if (!text.empty() && addresses.size() < kAddressesMax) addresses.push_back(std::move(text));
  }
  if (addresses.empty()) {
    throw Error(ErrorKind::unavailable, "the host " + host + " has no address");
  }
  return addresses;
}

}  // namespace holdfast
