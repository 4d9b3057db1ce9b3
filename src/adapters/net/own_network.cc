#include "adapters/net/own_network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace holdfast {

namespace {

using V6 = std::array<std::uint8_t, 16>;

struct Range {
  std::uint32_t first;
  int bits;
  const char* what;
};

// RFC 6890 and what came after it; the two single ones are metadata services.
constexpr std::array<Range, 16> kRanges = {{
    {0x00000000, 8, "an address of this machine"},
    {0x0a000000, 8, "an address of a private network"},
    {0x64400000, 10, "an address of a provider's network"},
    {0x7f000000, 8, "an address of this machine"},
    {0xa83f8110, 32, "the address of a metadata service"},
    {0xa9fe0000, 16, "a link-local address"},
    {0xac100000, 12, "an address of a private network"},
    {0xc0000000, 24, "a special address"},
    {0xc0000200, 24, "an address for documentation"},
    {0xc0586300, 24, "a special address"},
    {0xc0a80000, 16, "an address of a private network"},
    {0xc6120000, 15, "an address for measurements"},
    {0xc6336400, 24, "an address for documentation"},
    {0xcb007100, 24, "an address for documentation"},
    {0xe0000000, 4, "a multicast address"},
    {0xf0000000, 4, "a special address"},
}};

std::string own_v4(std::uint32_t address) {
  for (const Range& range : kRanges) {
    if ((address ^ range.first) >> (32 - range.bits) == 0) return range.what;
  }
  return {};
}

std::uint32_t v4_at(const V6& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = (value << 8) | bytes.at(i);
  return value;
}

// Only 2000::/3 is public, and in it there are addresses that hold one of IPv4.
std::string own_v6(const V6& bytes) {
  const auto begins = [&](std::initializer_list<std::uint8_t> with) {
    return std::equal(with.begin(), with.end(), bytes.begin());
  };
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return own_v4(v4_at(bytes, 12));
  if (begins({0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return own_v4(v4_at(bytes, 12));
  if ((bytes[0] & 0xe0) != 0x20) return "no public address";
  if (begins({0x20, 0x02})) return own_v4(v4_at(bytes, 2));
  if (begins({0x20, 0x01, 0, 0})) return "a tunnel's address";
  if (begins({0x20, 0x01, 0x0d, 0xb8})) return "an address for documentation";
  return {};
}

bool of_this_machine(int family, const void* bytes) {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(found, &::freeifaddrs);
  for (const ifaddrs* entry = found; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != family) continue;
    const void* its = nullptr;
    if (family == AF_INET) {
      its = &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr;
    } else {
      its = &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr;
    }
    if (std::memcmp(its, bytes, family == AF_INET ? 4 : 16) == 0) return true;
  }
  return false;
}

}  // namespace

std::string own_network(const std::string& address) {
  const std::string plain = address.substr(0, address.find('%'));
  in_addr v4{};
  if (::inet_pton(AF_INET, plain.c_str(), &v4) == 1) {
    std::string what = own_v4(ntohl(v4.s_addr));
    if (what.empty() && of_this_machine(AF_INET, &v4)) what = "an address of this machine";
    return what;
  }
  V6 v6{};
  if (::inet_pton(AF_INET6, plain.c_str(), v6.data()) != 1) return "no address";
  std::string what = own_v6(v6);
  if (what.empty() && of_this_machine(AF_INET6, v6.data())) what = "an address of this machine";
  return what;
}

}  // namespace holdfast
