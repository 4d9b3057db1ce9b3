// What it takes to reach a broker.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/amqp/amqp_url.h"
#include "adapters/net/dialer.h"

namespace holdfast {

struct BrokerAccess {
  // Looks for a newer password before a connection is made.
  void renew() {
    if (!renewed) return;
    if (auto newer = renewed()) url = std::move(*newer);
  }

  AmqpUrl url;
  std::string connection_name;    // What the broker's own pages show.
  std::filesystem::path ca_file;  // Beside the machine's own authorities (base/ca_bundle.h).
  // Shared by all connections: it knows the good address.
  std::shared_ptr<Dialer> dialer = std::make_shared<Dialer>();
  // The URL as it stands now; nullopt: as it was. Empty: it never changes. Any thread.
  std::function<std::optional<AmqpUrl>()> renewed = {};
};

}  // namespace holdfast
