// What tasks print as a plain file for each job, FOLDER/JOB.log, to follow with any tool. Bounded;
// the log that is kept is the one in the store (tasklog/).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/locked.h"

namespace holdfast {

class JobOutput {
 public:
  // A file that is longer when an attempt begins is put aside as JOB.log.old, in place of an older
  // one; an attempt adds no more than this.
  static constexpr std::uint64_t kFileBytesMax = 16 * 1024 * 1024;

  explicit JobOutput(std::filesystem::path folder);

  // What comes from here on is of an attempt at `job`.
  void begin(const std::string& job);
  // What cannot be written is dropped, and that is said once. Another thread.
  void append(std::string_view bytes) noexcept;

 private:
  struct State {
    std::string job;
    FileDescriptor file;
    std::uint64_t added_bytes = 0;
    bool begun = false;
  };
  void open(State& state) const;
  void write(State& state, std::string_view bytes) const;

  const std::filesystem::path folder_;
  Locked<State> state_;
  bool failure_said_ = false;
};

}  // namespace holdfast
