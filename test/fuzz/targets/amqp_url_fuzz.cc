// The broker's address, which holds a password.
#include "adapters/amqp/amqp_url.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const AmqpUrl url = parse_amqp_url(input);
    check(!url.host.empty() && url.port != 0, "an address has a host and a port");
    check(url.heartbeat >= AmqpUrl::kHeartbeatMin && url.heartbeat <= AmqpUrl::kHeartbeatMax,
          "a heartbeat has its limits");
    const bool v6 = url.host.find(':') != std::string::npos;
    const std::string written = std::string(url.tls ? "amqps://" : "amqp://") +
                                percent_encode(url.user) + ":" + percent_encode(url.password) +
                                "@" + (v6 ? "[" + url.host + "]" : url.host) + ":" +
                                std::to_string(url.port) + "/" + percent_encode(url.vhost);
    if (written.size() > AmqpUrl::kBytesMax) return;  // Encoding made it longer.
    const AmqpUrl again = parse_amqp_url(written);
    check(again.user == url.user && again.password == url.password && again.host == url.host &&
              again.port == url.port && again.vhost == url.vhost,
          "an address that is written anew is the same");
  });
}
