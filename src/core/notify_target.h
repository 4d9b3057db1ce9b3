// Where people want to be told what became of jobs, and where a worker may tell it. Pure.
//
//   https://HOST/PATH   gets each notification as a POST; http:// within one's own network
//   exec:COMMAND        is run by a shell, with the notification on its standard input
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace holdfast {

struct NotifyTarget {
  enum class Kind { url, command };
  Kind kind = Kind::url;
  std::string text = {};  // The URL, or the command.

  friend bool operator==(const NotifyTarget&, const NotifyTarget&) = default;
};

// As it is typed. A sentence says what is wrong with it.
std::variant<NotifyTarget, std::string> parse_notify_target(std::string_view typed);

// For people. The path of a URL is often a secret, and so is what stands in a command.
std::string shown(const NotifyTarget& target);

// Names the target in the store; says nothing of what it is.
std::string id_of(const NotifyTarget& target);

// The server of a URL, as https://HOST:PORT, and what is asked of it.
struct UrlParts {
  std::string server;
  std::string target;
};
UrlParts parts_of_url(const std::string& url);

// Where a worker sends the notifications that submitters want. Submitters must not reach, through
// the worker, servers that only the worker can reach.
class NotifyRules {
 public:
  // As --allow-notify has it: https (any public host), https://HOST[/PATH] or http://HOST[/PATH],
  // also in the worker's own network; none. A sentence that says what is wrong; empty if it is
  // good. Without any rule it is https.
  std::string add(std::string_view rule);

  // Why a URL is not called, in one sentence that says what to do; empty if it is.
  std::string refusal(const NotifyTarget& target) const;
  // Whether its host is named itself, so that it may be one of the worker's own network.
  bool names_host(std::string_view url) const;

 private:
  std::vector<std::string> places_;
  bool any_host_ = true;
};

}  // namespace holdfast
