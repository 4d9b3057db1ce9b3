#include "base/own_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarkText =
    "This folder belongs to holdfast, which removes what is in it. Keep nothing here.\n";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorKind::machine, "cannot use " + folder.string() + ": " + error.message());
  }
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool looks_like(const OldLayout& old, const std::vector<std::string>& names) {
  return !old.needed.empty() &&
         std::all_of(old.needed.begin(), old.needed.end(),
                     [&](const std::string& name) { return contains(names, name); }) &&
         std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           return contains(old.needed, name) || contains(old.possible, name);
         });
}

}  // namespace

void make_own_folder(const fs::path& folder, const OldLayout& old) {
  const std::vector<std::string> names = names_in(folder);
  if (contains(names, kOwnFolderMark)) return;
  if (!names.empty() && !looks_like(old, names)) {
    throw Error(ErrorKind::machine,
                folder.string() + " is not empty (" + names.front() +
                    ") and was not made by holdfast, which removes what is in it; name a folder "
                    "that is empty or not there yet");
  }
  make_private_folders(folder);
  const fs::path mark = folder / kOwnFolderMark;
  const FileDescriptor file(::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("create", mark);
  write_range(file, mark, 0, kMarkText);
}

}  // namespace holdfast
