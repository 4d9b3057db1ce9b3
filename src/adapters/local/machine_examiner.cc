#include "adapters/local/machine_examiner.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include "base/file.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// What version 1 says when there is no limit: the largest page-aligned number.
constexpr std::uint64_t kNoLimitMin = std::uint64_t{1} << 60;
constexpr std::uint64_t kKibibyte = 1024;

// The number of kB behind `name:` in /proc/meminfo; 0 if it is not there.
std::uint64_t memory_line(const fs::path& proc, const std::string& name) {
  std::ifstream lines(proc / "meminfo");
  std::string word;
  while (lines >> word) {
    std::uint64_t kibibytes = 0;
    if (word == name + ":" && lines >> kibibytes) return kibibytes * kKibibyte;
  }
  return 0;
}

// nullopt also for "max".
std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  if (!(stream >> number) || number >= kNoLimitMin) return std::nullopt;
  return number;
}

// Paths of this process's groups: of version 2 (no controller) or of version 1's memory.
std::string group_path(const fs::path& proc, bool version_2) {
  std::ifstream lines(proc / "self" / "cgroup");
  for (std::string line; std::getline(lines, line);) {  // number:controllers:/path
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool wanted =
        version_2 ? controllers == ",," : controllers.find(",memory,") != std::string::npos;
    if (wanted) return line.substr(second + 1);
  }
  return "/";
}

// A folder of ours in the work folder, for as long as something is tried.
class TrialFolder {
 public:
  explicit TrialFolder(const fs::path& where)
      : path_(where / (".holdfast-doctor-" + std::to_string(::getpid()))) {
    make_empty(path_);
  }
  ~TrialFolder() { static_cast<void>(try_remove_tree(path_)); }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

void try_files(MachineFacts& facts) {
  const TrialFolder folder(facts.work_folder);
  const fs::path original = folder.path() / "original";
  replace_file(original, "some bytes");
  const FileDescriptor from = open_to_read(original);
  const FileDescriptor to(
      ::open((folder.path() / "clone").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  facts.reflinks = to.open() && ::ioctl(to.get(), FICLONE, from.get()) == 0;
  facts.hard_links = ::link(original.c_str(), (folder.path() / "link").c_str()) == 0;
}

}  // namespace

std::optional<std::uint64_t> memory_allowed(const fs::path& proc, const fs::path& cgroup) {
  struct Hierarchy {
    fs::path mounted;
    bool version_2;
    const char* file;
  };
  std::optional<std::uint64_t> least;
  for (const auto& [mounted, version_2, file] :
       {Hierarchy{cgroup, true, "memory.max"},
        Hierarchy{cgroup / "memory", false, "memory.limit_in_bytes"}}) {
    // A container sees its own group as the root of what is mounted, whatever /proc says.
    fs::path group = fs::path(group_path(proc, version_2)).relative_path();
    while (true) {  // Ends: the path gets shorter with every turn.
      if (const auto limit = number_in(mounted / group / file)) {
        least = std::min(least.value_or(*limit), *limit);
      }
      if (group.empty()) break;
      group = group.parent_path();
    }
  }
  return least;
}

MachineFacts examine_machine(const fs::path& work_folder) {
  MachineFacts facts;
  facts.work_folder = work_folder;
  try {
    make_folders(work_folder);
    try_files(facts);
    struct statvfs room {};
    if (::statvfs(work_folder.c_str(), &room) != 0) throw_system_error("look at", work_folder);
    facts.work_bytes_free = std::uint64_t{room.f_bavail} * room.f_frsize;
  } catch (const Error& error) {
    facts.work_folder_fault = error.what();
  } catch (const fs::filesystem_error& error) {
    facts.work_folder_fault = error.what();
  }
  facts.memory_bytes = memory_line("/proc", "MemTotal");
  facts.memory_bytes_available = memory_line("/proc", "MemAvailable");
  facts.memory_bytes_allowed = memory_allowed("/proc", "/sys/fs/cgroup");
  struct rlimit files {};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) facts.open_files_max = files.rlim_cur;
  facts.proc_mounted = ::access("/proc/self/stat", R_OK) == 0;
  facts.processors = std::max(1U, std::thread::hardware_concurrency());
  return facts;
}

}  // namespace holdfast
