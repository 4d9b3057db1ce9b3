// A frame from the store: hostile bytes must not take more memory than their content may have.
#include "base/check.h"
#include "base/compression.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const std::uint64_t size = take_byte(input) * 257U;
  const std::size_t half = take_place(input);
  const std::string_view base = input.substr(0, half);
  const std::string_view rest = input.substr(half);
  may_refuse([&] { check(decompressed(input, {}, size).size() == size, "as much as was said"); });
  may_refuse([&] { check(decompressed(rest, base, size).size() == size, "as much as was said"); });

  if (const auto frame = compressed(input)) {
    check(decompressed(*frame, {}, input.size()) == input, "compression can be undone");
  }
  if (base.empty()) return;
  if (const auto delta = delta_of(rest, base, rest.size())) {
    check(decompressed(*delta, base, rest.size()) == rest, "a delta can be undone");
  }
}
