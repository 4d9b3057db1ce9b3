// Keys that a store lists, and names that programs gave their files.
#include "base/check.h"
#include "core/checkpoint.h"
#include "core/store_layout.h"
#include "core/text.h"
#include "fuzz/fuzz_target.h"
#include "ports/store_key.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const StoreLayout layout(*JobId::parse("job-0"));
  if (const auto number = layout.record_number(input)) {
    check(layout.record(*number) == input, "a record's key is spelled in one way");
  }
  static_cast<void>(StoreLayout::attempt_of(input, layout.chunks_prefix()));
  const std::string key = layout.output(std::string(input));
  if (key.size() <= kKeyBytesMax && stays_inside(input)) {
    check(key_fault(key) == nullptr, "what stays inside can be stored");
  }
  check(fitted(input, 100).size() <= 100, "a fitted text has its limit");
}
