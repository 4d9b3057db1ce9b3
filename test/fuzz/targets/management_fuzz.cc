// What a broker's management interface answers, or whatever else stands at its address.
#include "adapters/amqp/management_reading.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  static_cast<void>(read_managed_queue(input));
  static_cast<void>(read_consumer_limit(input, "jobs"));
  static_cast<void>(read_version(input));
}
