// What a broker's refusal tells about a queue that exists with other arguments than we wanted.
// AMQP has no question for a queue's arguments, but a refused declaration names one that differs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/amqp/topology.h"

namespace holdfast {

struct DeclareMismatch {
  enum class Current {
    value,    // The queue has `value`.
    none,     // The queue does not have the argument.
    unsaid,   // The broker's answer was too long and was cut off.
    invalid,  // A queue of that kind cannot have the argument.
  };
  std::string argument;
  Current current = Current::unsaid;
  QueueArgumentValue value;
};

// Reads the reason that the broker gave for refusing to declare `declared`; nullopt if it is about
// something else.
std::optional<DeclareMismatch> read_mismatch(std::string_view reason, const QueueSpec& declared);

// One sentence: the queue's value, the one wanted (nullptr for none), and what follows from it.
std::string describe_mismatch(const DeclareMismatch& mismatch, const QueueArgumentValue* wanted);

}  // namespace holdfast
