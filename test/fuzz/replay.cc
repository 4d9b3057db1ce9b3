// Runs a fuzz target without libFuzzer: every file of a corpus, then spoiled copies of them, from a
// fixed seed, until the time is over. Prints the input that ended it.
//
//   replay CORPUS_FOLDER [SECONDS]
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "unit/core/mutations.h"

namespace {

constexpr std::uint64_t kSeed = 20260131;
constexpr double kSecondsDefault = 1.5;

std::string current;  // What the target was given last.

void write_all(const char* text, std::size_t size) {
  static_cast<void>(!::write(STDERR_FILENO, text, size));
}

// Only what may be called in a signal handler.
void print_current() {
  constexpr std::string_view kSays = "\nthe input that ended it, in hexadecimal:\n";
  constexpr std::string_view kDigits = "0123456789abcdef";
  write_all(kSays.data(), kSays.size());
  for (const char c : current) {
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 2> digits = {kDigits[byte >> 4U], kDigits[byte & 15U]};
    write_all(digits.data(), digits.size());
  }
  write_all("\n", 1);
}

void crashed(int signal) {
  print_current();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  holdfast::fuzz::try_bytes(current);
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(folder)) files.push_back(item.path());
  std::sort(files.begin(), files.end());  // The same order everywhere.
  std::vector<std::string> corpus;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// The number of inputs tried.
std::uint64_t replay(const std::vector<std::string>& corpus, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  holdfast::Random random(kSeed);
  run({});
  for (const std::string& input : corpus) run(input);
  std::uint64_t tried = 1 + corpus.size();
  for (; Clock::now() < end; ++tried) {
    std::string input = corpus[random.below(corpus.size())];
    // The front of one with the back of another, now and then.
    if (random.below(4) == 0) {
      const std::string& other = corpus[random.below(corpus.size())];
      input.resize(random.below(input.size() + 1));
      input += other.substr(random.below(other.size() + 1));
    }
    run(holdfast::mutated(std::move(input), random));
  }
  return tried;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER [SECONDS]\n", argv[0]);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(signal, crashed);
  try {
    const auto corpus = read_corpus(argv[1]);
    if (corpus.empty()) throw std::runtime_error(std::string("no corpus in ") + argv[1]);
    const double seconds = argc > 2 ? std::atof(argv[2]) : kSecondsDefault;
    std::printf("%llu inputs\n", static_cast<unsigned long long>(replay(corpus, seconds)));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "an exception that nobody promised: %s\n", error.what());
    print_current();
    return 1;
  }
}
