// What a Connection holds of librabbitmq. For connection*.cc only.
#pragma once

#include <amqp.h>

#include <optional>

#include "adapters/amqp/connection.h"
#include "adapters/amqp/incoming.h"
#include "adapters/amqp/tls.h"

namespace holdfast {

// Destroyed in the order that librabbitmq needs: the check is used by the socket of the state.
struct Connection::Library {
  FrameReader frames;
  TlsCheck tls;
  std::optional<BrokerReply> reply;  // To the newest question.
  amqp_connection_state_t state = amqp_new_connection();

  Library() = default;
  ~Library() {
    if (state != nullptr) amqp_destroy_connection(state);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

}  // namespace holdfast
