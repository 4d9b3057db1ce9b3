// What a task writes: passed on line by line, and its end kept for the job's record. Memory is
// bounded however much and in whatever form the task writes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast {

class OutputTail {
 public:
  static constexpr std::size_t kTailBytesMax = 64 * 1024;
  // A longer line is passed on in pieces.
  static constexpr std::size_t kLineBytesMax = 4 * 1024;

  using LineSink = std::function<void(std::string_view line)>;

  // Lines go to `sink` without their end, after `prefix`.
  OutputTail(std::string prefix, LineSink sink);

  void append(std::string_view bytes);

  // The last kTailBytesMax bytes; if something was cut off, they begin with a whole line.
  std::string tail() const;

  // Passes on a last line that has no end, and gives the tail.
  std::string finish();

 private:
  void pass_on(std::string_view line);

  const std::string prefix_;
  const LineSink sink_;
  std::string unfinished_line_;
  std::string kept_;  // At most twice kTailBytesMax, so that cutting is rare.
  bool cut_ = false;
};

}  // namespace holdfast
