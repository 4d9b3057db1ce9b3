#include "core/fleet_layout.h"

#include <algorithm>
#include <charconv>

#include "base/digest.h"

namespace holdfast {

namespace {

constexpr std::size_t kPlainNameBytesMax = 100;
constexpr std::size_t kDigestDigits = 32;
constexpr char kInterrupted = 'i';
constexpr char kEnded = 'e';

bool plain(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kPlainNameBytesMax && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), good);
}

// Any other queue's name could be no part of a key.
std::string name_of(const std::string& queue) {
  return plain(queue) ? queue : "=" + sha256(queue).hex().substr(0, kDigestDigits);
}

}  // namespace

FleetLayout::FleetLayout(const std::string& queue) : root_(".fleet/" + name_of(queue) + "/") {}

std::string FleetLayout::lifetime(const std::string& id, const Lifetime& lifetime) const {
  return lifetimes_prefix() + id + "-" + std::to_string(lifetime.seconds) +
         (lifetime.interrupted ? kInterrupted : kEnded);
}

std::optional<Lifetime> FleetLayout::lifetime_of(std::string_view key) const {
  const std::size_t dash = key.rfind('-');
  if (!key.starts_with(lifetimes_prefix()) || dash == std::string_view::npos) return std::nullopt;
  Lifetime lifetime;
  const char* const last = key.data() + key.size();
  const auto [end, error] = std::from_chars(key.data() + dash + 1, last, lifetime.seconds);
  if (error != std::errc() || end + 1 != last) return std::nullopt;
  if (*end != kInterrupted && *end != kEnded) return std::nullopt;
  lifetime.interrupted = *end == kInterrupted;
  return lifetime;
}

std::string FleetLayout::index_shard_of(std::string_view job) const {
  return sha256(job).hex().substr(0, 2);
}

std::string FleetLayout::index_shard_at(std::string_view key) const {
  key.remove_prefix(index_prefix().size());
  return std::string(key.substr(0, key.find_first_of("/~")));
}

std::string FleetLayout::replacement(const std::string& hour, std::uint32_t number) const {
  return replacements_prefix() + hour + "/" + std::to_string(number);
}

std::string FleetLayout::hour_of(std::string_view key) const {
  const std::string prefix = replacements_prefix();
  if (!key.starts_with(prefix)) return {};
  key.remove_prefix(prefix.size());
  return std::string(key.substr(0, key.find('/')));
}

}  // namespace holdfast
