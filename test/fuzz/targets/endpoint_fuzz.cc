// Where a server is, as a person wrote it.
#include "adapters/http/endpoint.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const Endpoint endpoint = parse_endpoint(std::string(input));
    check(!endpoint.host.empty() && endpoint.port != 0, "an endpoint has a host and a port");
    check(endpoint.path.empty() || (endpoint.path.front() == '/' && endpoint.path.back() != '/'),
          "a path has its form");
    const Endpoint again = parse_endpoint(endpoint.text());
    check(again.text() == endpoint.text() && again.authority() == endpoint.authority(),
          "an endpoint that is shown can be read");
    for (const char c : endpoint.authority()) {
      check(c > ' ' && c < 127, "nothing in a Host header ends a line");
    }
  });
}
