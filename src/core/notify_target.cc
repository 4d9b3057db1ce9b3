#include "core/notify_target.h"

#include <algorithm>

#include "base/digest.h"
#include "core/text.h"

namespace holdfast {

namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kExec = "exec:";
constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kTargetBytesMax = 2000;

std::size_t scheme_length(std::string_view url) {
  return url.starts_with(kHttps) ? kHttps.size() : url.starts_with(kHttp) ? kHttp.size() : 0;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_below(std::string_view url, std::string_view place) {
  while (place.ends_with('/')) place.remove_suffix(1);
  return url.starts_with(place) &&
         (url.size() == place.size() || url[place.size()] == '/' || url[place.size()] == '?');
}

}  // namespace

std::variant<NotifyTarget, std::string> parse_notify_target(std::string_view typed) {
  if (typed.size() > kTargetBytesMax) return std::string("is longer than 2,000 bytes");
  if (typed.starts_with(kExec)) {
    typed.remove_prefix(kExec.size());
    if (typed.find_first_not_of(" \t") == std::string_view::npos) return "names no command";
    return NotifyTarget{NotifyTarget::Kind::command, std::string(typed)};
  }
  const std::size_t scheme = scheme_length(typed);
  if (scheme == 0) {
    return "is neither a URL (https://HOST/PATH) nor a command (exec:COMMAND)";
  }
  const std::string_view host = typed.substr(scheme, typed.find_first_of("/?#", scheme) - scheme);
  if (host.empty()) return "names no host";
  if (host.find('@') != std::string_view::npos) {
    return "contains a user name or password, which is not supported; use a token in the path or "
           "query, or exec:COMMAND";
  }
  if (!printable(typed)) return "has a character that is not allowed in a URL";
  return NotifyTarget{NotifyTarget::Kind::url, std::string(typed)};
}

std::string shown(const NotifyTarget& target) {
  if (target.kind == NotifyTarget::Kind::url) {
    const UrlParts parts = parts_of_url(target.text);
    return parts.target == "/" ? parts.server : parts.server + "/...";
  }
  const std::size_t begin = target.text.find_first_not_of(" \t");
  const std::size_t end = target.text.find_first_of(" \t\n", begin);
  return "exec:" + target.text.substr(begin, end - begin) +
         (end == std::string::npos ? "" : " ...");
}

std::string id_of(const NotifyTarget& target) {
  const bool command = target.kind == NotifyTarget::Kind::command;
  return sha256((command ? std::string(kExec) : "") + target.text).hex().substr(0, kIdDigits);
}

UrlParts parts_of_url(const std::string& url) {
  const std::size_t end = std::min(url.find_first_of("/?#", scheme_length(url)), url.size());
  UrlParts parts{url.substr(0, end), url.substr(end, url.find('#', end) - end)};
  if (!parts.target.starts_with('/')) parts.target.insert(0, "/");
  return parts;
}

std::string NotifyRules::add(std::string_view rule) {
  if (rule == "none") {
    any_host_ = false;
    return {};
  }
  if (rule == "https") return {};
  if (scheme_length(rule) == 0 || rule.size() == scheme_length(rule)) {
    return "is not a target for notifications; write https, https://HOST/PATH, http://HOST/PATH or "
           "none";
  }
  places_.emplace_back(rule);
  return {};
}

bool NotifyRules::names_host(std::string_view url) const {
  return std::any_of(places_.begin(), places_.end(),
                     [url](const std::string& place) { return is_below(url, place); });
}

std::string NotifyRules::refusal(const NotifyTarget& target) const {
  if (target.kind == NotifyTarget::Kind::command) {
    return "a worker runs no command that comes with a job; give it to holdfast work --notify";
  }
  if (names_host(target.text) || (any_host_ && target.text.starts_with(kHttps))) return {};
  return "this worker does not send notifications of submitted jobs there; start workers with "
         "--allow-notify " +
         parts_of_url(target.text).server + " if it should";
}

}  // namespace holdfast
