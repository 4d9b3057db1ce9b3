// Usage: measured_run REPORT COMMAND...
// Runs the command and writes to the file REPORT: seconds by the wall, seconds of processor, peak
// resident KiB. A program of its own, because a child's peak counts from what its parent held when
// it made it, and an interpreter holds more than what is measured here.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Whoever ends us means the command, too.
    ::execvp(argv[2], argv + 2);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child) return 1;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  std::FILE* const report = std::fopen(argv[1], "w");
  if (report == nullptr) return 1;
  std::fprintf(report, "%.6f %.6f %ld\n", time.count(),
               seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
  if (std::fclose(report) != 0) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
