// A program that counts, and writes down when it did so: journal_task JOURNALS JOB UNITS.
// Its journal stands outside of what holdfast knows, a file for each attempt, in nanoseconds of the
// machine's monotonic clock: `start T STEP`, `unit T STEP`, `go T` (it was stopped and goes on),
// `end T`. The step is in the checkpoint directory before the journal has it.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

constexpr long kUnitNanoseconds = 10'000'000;
int journal = -1;

std::int64_t now() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

void put(int fd, const char* text, int length) {
  if (::write(fd, text, static_cast<std::size_t>(length)) != length) std::abort();
}

void note(const char* what, std::int64_t time, long step) {
  char line[64];
  put(journal, line, std::snprintf(line, sizeof line, "%s %jd %ld\n", what, intmax_t{time}, step));
}

// snprintf takes no lock, and nothing else that is not allowed here.
void goes_on(int) {
  note("go", now(), 0);
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) std::abort();
  return value;
}

int opened(const std::string& path, int flags) {
  constexpr mode_t kMode = 0644;
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kMode);
  if (fd < 0) std::abort();
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::int64_t started = now();
  journal = opened(std::string(argv[1]) + "/" + argv[2] + "." + variable("HOLDFAST_ATTEMPT"),
                   O_WRONLY | O_CREAT | O_APPEND | O_EXCL);
  const int state = opened(variable("HOLDFAST_CHECKPOINT_DIR") + "/step", O_RDWR | O_CREAT);
  char text[32] = {};
  long step = ::read(state, text, sizeof text - 1) > 0 ? std::atol(text) : 0;
  note("start", started, step);
  struct sigaction action {};
  action.sa_handler = goes_on;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGCONT, &action, nullptr);

  const long units = std::atol(argv[3]);
  while (step < units) {
    timespec rest{0, kUnitNanoseconds};
    while (::nanosleep(&rest, &rest) != 0) {
    }
    ++step;
    const int length = std::snprintf(text, sizeof text, "%010ld\n", step);
    if (::pwrite(state, text, static_cast<std::size_t>(length), 0) != length) std::abort();
    note("unit", now(), step);
  }
  const int result = opened(variable("HOLDFAST_OUTPUT_DIR") + "/count", O_WRONLY | O_CREAT);
  put(result, text, std::snprintf(text, sizeof text, "%ld\n", step));
  note("end", now(), step);
  return 0;
}
