#include "adapters/http/public_server.h"

#include "adapters/net/own_network.h"
#include "adapters/net/resolve.h"
#include "holdfast/error.h"

namespace holdfast {

void require_public(const Endpoint& server, Duration time, const std::string& why) {
  for (const std::string& address : resolve(server.host, time)) {
    const std::string what = own_network(address);
    if (what.empty()) continue;
    throw Error(ErrorKind::rejected, server.text() + " was not contacted: it is at " + address +
                                         ", " + what + ", " + why);
  }
}

}  // namespace holdfast
