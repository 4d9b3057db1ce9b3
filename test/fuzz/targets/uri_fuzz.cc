// Keys in listings are percent-encoded.
#include "adapters/s3/uri.h"
#include "base/check.h"
#include "core/text.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  static_cast<void>(uri_decode(input));
  for (const char* plain : {"/", ""}) {
    check(uri_decode(percent_encode(input, plain)) == std::string(input), "encoding can be undone");
  }
}
