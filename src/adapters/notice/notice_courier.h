// Sends notifications to web servers, as a POST, and to commands, on their standard input.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "adapters/http/http_client.h"
#include "core/notify_target.h"
#include "ports/clock.h"
#include "ports/notice_sender.h"

namespace holdfast {

class NoticeCourier final : public NoticeSender {
 public:
  // `key` signs what is sent to servers; empty: nothing is signed. `ca_file` may be empty. Borrows
  // the clock.
  NoticeCourier(std::string key, std::filesystem::path ca_file, NotifyRules rules,
                const Clock& clock);

  void send(const Notice& notice, const NotifyTarget& target, NamedBy by,
            TimePoint deadline) override;

 private:
  void post(const Notice& notice, const std::string& url, bool own_network_too, TimePoint deadline);
  void run(const Notice& notice, const std::string& command, TimePoint deadline);
  HttpClient& client_of(const std::string& server, bool own_network_too);

  const std::string key_;
  const std::filesystem::path ca_file_;
  const NotifyRules rules_;
  const Clock& clock_;
  std::map<std::pair<std::string, bool>, std::unique_ptr<HttpClient>> clients_;
};

}  // namespace holdfast
