#include "results/fetch.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/digest.h"
#include "base/thread_pool.h"
#include "holdfast/error.h"
#include "results/download.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kReadBytes = 1024 * 1024;
// Above this a file's ranges are read at the same time, and files one after the other.
constexpr std::uint64_t kSmallBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kLinkBytesMax = 4096;

// What stands in the way of one file is no reason to leave the others; a full disk is.
bool concerns_one(const Error& error) {
  if (dynamic_cast<const DiskFull*>(&error) != nullptr) return false;
  return error.kind() == ErrorKind::rejected || error.kind() == ErrorKind::corrupt ||
         error.kind() == ErrorKind::machine;
}

}  // namespace

bool takes(const std::vector<std::string>& patterns, const std::string& path) {
  const std::string last = path.substr(path.rfind('/') + 1);
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0 ||
                  ::fnmatch(pattern.c_str(), last.c_str(), 0) == 0;
         });
}

std::string place_in_target(const JobId& job, const std::string& path, bool flat) {
  if (!flat) return job.text() + "/" + path;
  std::string name = job.text() + "-" + path;
  std::ranges::replace(name, '/', '-');
  return name;
}

Fetcher::Fetcher(Store& store, const Clock& clock, std::filesystem::path to, FetchWishes wishes,
                 int width, std::stop_token stop)
    : store_(store),
      clock_(clock),
      target_(std::move(to)),
      wishes_(std::move(wishes)),
      width_(width),
      stop_(std::move(stop)) {}

Fetched Fetcher::fetch(const JobId& job, const ResultRef& result) {
  const StoreLayout layout(job);
  const StoredOutputs stored(store_, clock_, layout, result.attempt, result.digest);
  Fetched fetched;
  const auto bring_one = [&](const Output& output, const auto& alone) {
    if (stop_.stop_requested()) throw FetchStopped();
    try {
      const bool was_there =
          bring({job, output, {layout.output(output.path), stored.key_of(output)}});
      alone([&] {
        fetched.there += was_there ? 1 : 0;
        fetched.files += was_there ? 0 : 1;
        fetched.bytes += was_there ? 0 : output.size_bytes;
      });
    } catch (const Error& error) {
      if (!concerns_one(error)) throw;
      alone([&] { fetched.problems.emplace_back(error.what()); });
    }
  };
  stored.for_each_page([&](const std::vector<Output>& page) {
    const auto chosen = [&](const Output& output, bool small) {
      return (output.size_bytes <= kSmallBytesMax) == small &&
             !(wishes_.flat && output.kind == OutputKind::folder) &&
             takes(wishes_.only, output.path);
    };
    try {
      ThreadPool pool(std::clamp(static_cast<int>(page.size()), 1, width_), /*background=*/false);
      const auto alone = [&](const std::function<void()>& step) { pool.alone(step); };
      for (const Output& output : page) {
        if (chosen(output, true)) pool.give([&, alone] { bring_one(output, alone); });
      }
      pool.finish();
      for (const Output& output : page) {
        if (chosen(output, false)) bring_one(output, alone);
      }
    } catch (const FetchStopped&) {
      return false;
    }
    return true;
  });
  return fetched;
}

bool Fetcher::bring(const Task& task) {
  const std::string name = place_in_target(task.job, task.output.path, wishes_.flat);
  if (wishes_.flat) use_name(task, name);
  const TargetTree::Place place = target_.place_of(name);
  switch (task.output.kind) {
    case OutputKind::file:
      return bring_file(task, place);
    case OutputKind::symlink:
      return bring_link(task, place);
    case OutputKind::folder:
      return bring_folder(task.output, place);
  }
  return false;
}

bool Fetcher::bring_file(const Task& task, const TargetTree::Place& place) {
  if (is_there(place, task.output)) return true;
  const TargetTree::Place part = target_.part(part_name(task));
  Download download(store_, clock_, task.output, part, bytes_, stop_);
  for (const std::string& key : task.keys) {
    if (!download.from(key)) continue;
    download.set_attributes();
    TargetTree::move(part, place);
    return false;
  }
  throw Error(ErrorKind::corrupt,
              task.keys.front() + " is gone from the store, or is not what was stored");
}

bool Fetcher::bring_link(const Task& task, const TargetTree::Place& place) {
  std::string target(kLinkBytesMax, '\0');
  const ssize_t size =
      ::readlinkat(place.folder.get(), place.name.c_str(), target.data(), target.size());
  target.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (size >= 0 && target == task.output.target) return true;
  const TargetTree::Place part = target_.part(part_name(task));
  ::unlinkat(part.folder.get(), part.name.c_str(), 0);
  if (::symlinkat(task.output.target.c_str(), part.folder.get(), part.name.c_str()) != 0) {
    throw_system_error("make the link", place.shown);
  }
  TargetTree::move(part, place);
  return false;
}

bool Fetcher::bring_folder(const Output& output, const TargetTree::Place& place) {
  const bool made = ::mkdirat(place.folder.get(), place.name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) throw_system_error("create the folder", place.shown);
  const FileDescriptor folder(::openat(place.folder.get(), place.name.c_str(),
                                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open() && errno == EACCES) return true;  // It is there, and closed to us.
  if (!folder.open()) {
    throw Error(ErrorKind::rejected, place.shown.string() + " is in the way of a folder");
  }
  if (::fchmod(folder.get(), output.mode) != 0) throw_system_error("set the mode of", place.shown);
  return !made;
}

bool Fetcher::is_there(const TargetTree::Place& place, const Output& output) const {
  const FileDescriptor file(::openat(place.folder.get(), place.name.c_str(),
                                     O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file.open() || ::fstat(file.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode)) return false;
  if (static_cast<std::uint64_t>(status.st_size) != output.size_bytes) return false;
  Sha256 hash;
  std::string bytes;
  for (std::uint64_t at = 0; at < output.size_bytes; at += bytes.size()) {
    if (stop_.stop_requested()) throw FetchStopped();
    read_range_into(bytes, file, place.shown, at, kReadBytes);
    if (bytes.empty()) return false;
    hash.update(bytes);
  }
  return hash.finish().hex() == output.digest;
}

std::string Fetcher::part_name(const Task& task) const {
  return sha256(task.job.text() + "/" + task.output.path + "\n" + task.output.digest).hex();
}

void Fetcher::use_name(const Task& task, const std::string& name) {
  const std::string what = task.job.text() + "/" + task.output.path;
  std::string other;
  flat_names_.with([&](std::map<std::string, std::string>& names) {
    const auto [used, added] = names.emplace(name, what);
    if (!added && used->second != what) other = used->second;
  });
  if (other.empty()) return;
  throw Error(ErrorKind::rejected, "with --flat, " + what + " and " + other +
                                       " have the same name, " + name +
                                       "; the second was not fetched");
}

}  // namespace holdfast
