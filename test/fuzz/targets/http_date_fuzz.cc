// The Date header.
#include "adapters/http/http_date.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  static_cast<void>(parse_http_date(input));
}
