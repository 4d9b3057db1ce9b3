// A program that a test has started: what it prints is read as it comes, and it is ended with the
// test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace holdfast::test {

class Program {
 public:
  // Starts `arguments` with exactly `environment`. Standard output and error are read together.
  // With `root` the program sees that folder as its root and starts in it (needs root rights).
  Program(const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment, const std::string& root = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Reads until `text` was printed. False if the program ended or `time` passed first.
  bool says(const std::string& text, std::chrono::milliseconds time);

  // Reads until the program ends; its exit code, 128 + the signal that ended it, or -1 if `time`
  // passed first.
  int ends(std::chrono::milliseconds time);

  void signal(int number) const;
  void kill();  // SIGKILL, and wait for its end.

  pid_t pid() const noexcept { return pid_; }
  bool running() const noexcept { return pid_ > 0; }
  const std::string& output() const noexcept { return output_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until);
  int reap();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

// The value of an environment variable that ./dev test sets; throws with a clear sentence if it is
// missing, so that a test fails and is never skipped.
std::string from_services(const std::string& name);

}  // namespace holdfast::test
