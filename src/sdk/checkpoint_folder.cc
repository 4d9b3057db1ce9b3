#include "sdk/checkpoint_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNamePrefix = "checkpoint-";
constexpr const char* kFilling = "checkpoint.filling";
constexpr const char* kRetired = "checkpoint.retired";

// The number in "checkpoint-7"; 0 for any other name.
std::uint64_t number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kNamePrefix)) return 0;
  const std::string_view digits = std::string_view(name).substr(kNamePrefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

fs::path with_number(const fs::path& directory, std::uint64_t number) {
  return directory / (std::string(kNamePrefix) + std::to_string(number));
}

void sync(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) throw fs::filesystem_error("cannot open", path, {errno, std::generic_category()});
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed != 0) {
    throw fs::filesystem_error("cannot sync", path, {failed, std::generic_category()});
  }
}

void sync_tree(const fs::path& directory) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory)) {
    const fs::file_status status = entry.symlink_status();
    if (fs::is_regular_file(status) || fs::is_directory(status)) sync(entry.path());
  }
  sync(directory);
}

[[noreturn]] void throw_unavailable(const fs::filesystem_error& error) {
  throw Error(ErrorKind::unavailable, "cannot keep a checkpoint: " + error.path1().string() + ": " +
                                          error.code().message());
}

}  // namespace

CheckpointFolder::CheckpointFolder(fs::path directory, Durability durability)
    : directory_(std::move(directory)), durability_(durability) {
  try {
    fs::create_directories(directory_);
    fs::remove_all(directory_ / kFilling);
    fs::remove_all(directory_ / kRetired);
    bool holds_anything = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
      holds_anything = true;
      newest_ = std::max(newest_, number_of(entry.path()));
    }
    if (newest_ > 0) {
      found_ = with_number(directory_, newest_);
    } else if (holds_anything) {
      found_ = directory_;
    }
  } catch (const fs::filesystem_error& error) {
    throw_unavailable(error);
  }
}

void CheckpointFolder::replace(const std::function<void(const fs::path&)>& save) {
  const fs::path filling = directory_ / kFilling;
  try {
    fs::remove_all(filling);
    fs::create_directory(filling);
  } catch (const fs::filesystem_error& error) {
    throw_unavailable(error);
  }
  try {
    save(filling);
  } catch (...) {
    std::error_code ignored;  // Its own failure matters; what is left goes with the next one.
    fs::remove_all(filling, ignored);
    throw;
  }
  try {
    if (durability_ == Durability::machine) sync_tree(filling);
    fs::rename(filling, with_number(directory_, newest_ + 1));
    ++newest_;
    if (durability_ == Durability::machine) sync(directory_);
    remove_older();
  } catch (const fs::filesystem_error& error) {
    throw_unavailable(error);
  }
}

// A checkpoint loses its name before it loses its first file.
void CheckpointFolder::remove_older() {
  const fs::path retired = directory_ / kRetired;
  std::vector<fs::path> older;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
    const std::uint64_t number = number_of(entry.path());
    if (number > 0 && number < newest_) older.push_back(entry.path());
  }
  for (const fs::path& path : older) {
    fs::remove_all(retired);
    fs::rename(path, retired);
    fs::remove_all(retired);
  }
}

}  // namespace holdfast
