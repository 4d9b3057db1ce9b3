// What a task writes: passed on line by line, and its end kept for the job's record. Memory is
// bounded however much and in whatever form the task writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace holdfast {

class OutputTail {
 public:
  static constexpr std::size_t kTailBytesMax = 64 * 1024;
  // A longer line is passed on in pieces.
  static constexpr std::size_t kLineBytesMax = 4 * 1024;
  // No more than this is passed on in a second: who reads lines may be slow, and must not hold the
  // task back. What is left out is counted, and its end is passed on when the task has ended.
  static constexpr std::size_t kPassedBytesMax = 4 * 1024 * 1024;

  using LineSink = std::function<void(std::string_view line)>;

  // Lines go to `sink` without their end, after `prefix`; no sink: nowhere.
  OutputTail(std::string prefix, LineSink sink);

  void append(std::string_view bytes, TimePoint now);

  // The last kTailBytesMax bytes; if something was cut off, they begin with a whole line.
  std::string tail() const;
  // Its last line that says something, of a length that can be shown.
  std::string last_line() const;

  // Passes on a last line that has no end, and gives the tail.
  std::string finish();

 private:
  void keep(std::string_view bytes);
  // Empties `bytes` if no more may be passed on in this second.
  void leave_out(std::string_view& bytes, TimePoint now);
  void say_left_out();
  void pass_on_end();
  void pass_on(std::string_view line);

  const std::string prefix_;
  const LineSink sink_;
  std::string unfinished_line_;
  std::string kept_;  // At most twice kTailBytesMax, so that cutting is rare.
  bool cut_ = false;
  TimePoint second_began_;
  std::size_t passed_bytes_ = 0;  // In that second.
  std::uint64_t left_out_bytes_ = 0;
};

}  // namespace holdfast
