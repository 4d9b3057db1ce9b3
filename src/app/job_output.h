// What tasks print, in one file per job: FOLDER/JOB.log, all attempts of it, bounded. Belongs to
// the thread of one runner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"

namespace holdfast {

class JobOutput {
 public:
  // A longer file is put aside as JOB.log.old, in place of an older one, and begun anew.
  static constexpr std::uint64_t kFileBytesMax = 16 * 1024 * 1024;

  explicit JobOutput(std::filesystem::path folder);

  // `line` as runners give it: "JOB | text". A line that cannot be written is dropped, and that is
  // said once.
  void append(std::string_view line) noexcept;

 private:
  void open(const std::string& job);

  const std::filesystem::path folder_;
  std::string job_;
  FileDescriptor file_;
  std::uint64_t size_bytes_ = 0;
  bool failure_said_ = false;
};

}  // namespace holdfast
