// Keys in listings are percent-encoded.
#include "adapters/s3/uri.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  static_cast<void>(uri_decode(input));
  for (const Slash slash : {Slash::keep, Slash::encode}) {
    check(uri_decode(uri_encode(input, slash)) == std::string(input), "encoding can be undone");
  }
}
