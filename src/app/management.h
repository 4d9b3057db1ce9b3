// A broker's management interface (HTTP), which knows what AMQP does not tell.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/config.h"
#include "ports/clock.h"

namespace holdfast {

// Fetches a path and returns the body; nullopt if the interface cannot be reached, which is nothing
// unusual, or refuses the user, which it warns of once. Borrows the clock. One thread.
std::function<std::optional<std::string>(const std::string& path)> management_of(
    const BrokerConfig& broker, const Clock& clock);

}  // namespace holdfast
