#include "base/random.h"

#include "base/check.h"

namespace holdfast {

Random Random::from_system() {
  std::random_device device;
  return Random((static_cast<std::uint64_t>(device()) << 32) ^ device());
}

std::uint64_t Random::below(std::uint64_t bound) {
  check(bound > 0, "Random::below needs a bound above zero");
  return engine_() % bound;  // The bias is below 2^-32 for every bound in use.
}

double Random::fraction() {
  return static_cast<double>(engine_() >> 11) * 0x1.0p-53;
}

std::string Random::hex(std::size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes * 2; ++i) text += kDigits[engine_() & 15];
  return text;
}

}  // namespace holdfast
