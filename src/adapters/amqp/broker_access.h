// What it takes to reach a broker.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/amqp/amqp_url.h"

namespace holdfast {

struct BrokerAccess {
  AmqpUrl url;
  std::string connection_name;                   // What the broker's own pages show.
  std::optional<std::filesystem::path> ca_file;  // Else the machine's own (base/ca_bundle.h).
};

}  // namespace holdfast
