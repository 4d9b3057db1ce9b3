// Usage: numeric_task SECONDS EVERY MIB
// A program that computes: steps over a small field for SECONDS, and every EVERY seconds a state of
// MIB, all of it new, written under another name and renamed. Prints its pace last.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void step(std::vector<double>& field) {
  for (std::size_t i = 1; i + 1 < field.size(); ++i) {
    field[i] += 0.1 * (field[i - 1] - 2 * field[i] + field[i + 1]);
  }
}

bool save(std::uint64_t& state, std::size_t mib) {
  std::FILE* const file = std::fopen("state.tmp", "wb");
  if (file == nullptr) return false;
  std::vector<std::uint64_t> block((1 << 20) / sizeof state);
  bool good = true;
  for (std::size_t i = 0; i < mib; ++i) {
    for (std::uint64_t& word : block) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      word = state;
    }
    good = good && std::fwrite(block.data(), 1 << 20, 1, file) == 1;
  }
  return std::fclose(file) == 0 && good && std::rename("state.tmp", "state") == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 65;
  const double seconds = std::atof(argv[1]);
  const double every = std::atof(argv[2]);
  std::vector<double> field(4096, 0.0);
  field[2048] = 1;
  std::uint64_t state = 0x9e3779b97f4a7c15;
  std::uint64_t steps = 0;
  double next = every / 2;  // Between the worker's snapshots.
  const auto begin = Clock::now();
  while (seconds_since(begin) < seconds) {
    for (int i = 0; i < 100; ++i) step(field);
    steps += 100;
    if (seconds_since(begin) < next) continue;
    next += every;
    if (!save(state, static_cast<std::size_t>(std::atoi(argv[3])))) return 1;
  }
  std::printf("field %g, steps/s %.1f\n", field[2048],
              static_cast<double>(steps) / seconds_since(begin));
  return 0;
}
