// What a broker says about a queue that is made otherwise.
#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/declare_mismatch.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const int code = 300 + static_cast<int>(take_byte(input));
  const std::string reason(input);
  const QueueSpec spec = topology("jobs").front();
  if (const auto mismatch = read_mismatch(reason, spec)) {
    const QueueArgumentValue wanted = std::int64_t{3};
    check(!describe_mismatch(*mismatch, &wanted).empty(), "a difference has a sentence");
    check(!describe_mismatch(*mismatch, nullptr).empty(), "a difference has a sentence");
  }
  const Error error = broker_refusal(AmqpUrl{}, "test", code, reason);
  check(error.kind() != ErrorKind::corrupt, "a refusal is no damage");
}
