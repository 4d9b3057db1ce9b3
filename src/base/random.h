// Random names. Not for secrets: an attempt id must be unique, not unguessable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace holdfast {

// A source that can be seeded, so that a simulated run can be repeated. One thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // Seeded by the system.
  static Random from_system();

  // Uniform in [0, bound).
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double fraction();
  // `bytes` random bytes in hexadecimal.
  std::string hex(std::size_t bytes);

 private:
  std::mt19937_64 engine_;
};

}  // namespace holdfast
