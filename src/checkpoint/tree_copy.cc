#include "checkpoint/tree_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "checkpoint/copy_file.h"
#include "checkpoint/exclusions.h"
#include "checkpoint/file_attributes.h"
#include "checkpoint/file_system.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kWhileFilling = 0700;  // The true mode, which may forbid writing, comes last.

std::uint64_t allocated_bytes(const struct stat& status) {
  constexpr std::uint64_t kBlockBytes = 512;  // Of st_blocks, whatever the file system's own.
  return static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes;
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Whether nobody wrote to it in between.
bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
}

[[noreturn]] void throw_written(const fs::path& path) {
  throw Error(
      ErrorKind::rejected,
      path.string() +
          " was written while the program was stopped, so the snapshot is not of one instant. The "
          "writer may be a container or a service that the program started, another machine, or "
          "the program itself if it asked for a checkpoint and did not wait for the answer");
}

}  // namespace

void TreeCopy::reset() {
  const fs::path beside = to_.parent_path();
  plan_ = std::make_unique<RecordFile>(beside);
  copies_ = std::make_unique<RecordFile>(beside);
  copied_ = std::make_unique<RecordFile>(beside);
  seen_ = std::make_unique<RecordFile>(beside);
  left_out_.clear();
  if (taker_.excluded_) rules_ = exclusions_of(from_, *taker_.excluded_);
  excluded_.clear();
  linked_.clear();
  can_share_.reset();
  otherwise_.clear();
  seen_before_.reset();
  seen_reader_.reset();
  if (taker_.seen_) {
    seen_reader_.emplace(*taker_.seen_);
    seen_before_ = next(*seen_reader_);
  }
  taker_.now_taken_ = {to_, 0, 0};
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  began_ns_ = nanoseconds_of(now);
}

void TreeCopy::plan_ahead() {
  if (!taker_.trusted_device_) return;  // Nor is a watch.
  try {
    plan();
    if (watch_ && watch_->reliable() && watch_->collect()) plan_again();
  } catch (const DiskFull&) {
    throw;
  } catch (const Error& error) {
    if (error.may_work_later()) throw;  // It was given up.
    watch_.reset();
  }
}

void TreeCopy::plan() {
  constexpr std::uint64_t kBetweenLooks = 256;
  watch_.reset();
  open_ = {};
  if (!still_) {
    watch_.emplace();
    open_ = OpenFiles(taker_.proc_, from_);
  }
  TreeWalk walk(from_, to_.parent_path());
  for (std::uint64_t seen = 1; const TreeWalk::Item* item = walk.next(); ++seen) {
    give_up_if_asked(stop_);
    if (watch_ && seen % kBetweenLooks == 0) watch_->collect();
    const fs::path shown = from_ / item->path;
    if (item->moment == TreeWalk::Moment::gone) {
      if (still_) throw_written(shown);
      continue;  // The watch tells.
    }
    if (item->moment == TreeWalk::Moment::folder_end) {
      struct stat now {};
      if (still_ && (::fstat(item->self, &now) != 0 || !same_file(item->status, now))) {
        throw_written(shown);
      }
      continue;
    }
    const auto kind = item->is_folder() ? IgnoreRules::Kind::folder : IgnoreRules::Kind::other;
    if (excluded(rules_, item->path, kind)) {
      excluded_.push_back(item->path);
      walk.skip();
      continue;
    }
    Planned planned;
    planned.path = item->path;
    planned.status = item->status;
    const std::string name = item->path.empty() ? from_.string() : item->name;
    switch (item->status.st_mode & S_IFMT) {
      case S_IFREG:
        plan_file(std::move(planned));
        break;
      case S_IFDIR:
        plan_folder(*item, name);
        break;
      case S_IFLNK:
        planned.action = Action::symlink;
        copy_link(item->folder, name, planned);
        add(*plan_, planned);
        break;
      default:
        left_out_.insert(item->path);
    }
  }
}

void TreeCopy::plan_folder(const TreeWalk::Item& item, const std::string& name) {
  Planned planned;
  planned.path = item.path;
  planned.status = item.status;
  planned.action = Action::folder;
  // Before its names are read. Of another file system nobody knows whether it tells.
  if (watch_ && item.status.st_dev == taker_.trusted_device_) {
    watch_->add(item.path, path_in(item.folder, name));
  } else {
    watch_.reset();
  }
  planned.attributes = attributes_of(item.folder, name, item.path);
  if (!item.path.empty()) {
    const auto [folder, own] = target_.place_of(item.path);
    if (::mkdirat(folder, own.c_str(), kWhileFilling) != 0) {
      throw_system_error("write", to_ / item.path);
    }
  }
  add(*plan_, planned);
}

std::map<std::string, std::string> TreeCopy::attributes_of(int folder, const std::string& name,
                                                           const std::string& path) const {
  struct stat unused {};
  unused.st_mode = S_IFDIR;
  return entry_for(folder, name, unused, path, from_ / path).attributes;
}

void TreeCopy::plan_file(Planned planned) {
  if (planned.status.st_nlink > 1) {
    const auto [first, added] =
        linked_.try_emplace(std::pair(planned.status.st_dev, planned.status.st_ino), planned.path);
    if (!added) {
      planned.action = Action::hard_link;
      planned.first = first->second;
      add(*plan_, planned);
      return;
    }
    planned.look_again = !still_;  // It may be written under another name.
  }
  if (open_.contains(planned.status.st_dev, planned.status.st_ino)) planned.look_again = true;
  const bool mapped = mapped_.contains(planned.status.st_ino, from_, planned.path);
  planned.settled =
      !mapped && nanoseconds_of(planned.status.st_ctim) + taker_.settled_.count() < began_ns_;
  if (unchanged(planned) && !mapped && can_share_.value_or(true)) {
    // The first one is linked at once: where that cannot be (no hard links, the last snapshot
    // gone), all is copied.
    if (!can_share_) {
      can_share_ = link_to_last(planned.path);
      if (*can_share_) {
        const auto [folder, name] = target_.place_of(planned.path);
        ::unlinkat(folder, name.c_str(), 0);
      }
    }
    if (*can_share_) planned.action = Action::share;
  }
  if (planned.action == Action::share) {
    taker_.now_taken_.shared_bytes += allocated_bytes(planned.status);
  }
  const bool told = watch_ && !planned.look_again && !mapped;
  if (planned.action == Action::copy && told) planned.ahead = copy_ahead(planned);
  add(*plan_, planned);
  if (planned.action == Action::copy || planned.look_again) add(*copies_, planned);
}

// The watch tells if it is written after that. What cannot be copied now may be gone, or is told of
// when the directory stands still.
bool TreeCopy::copy_ahead(const Planned& planned) {
  const std::uint64_t before = taker_.now_taken_.own_bytes;
  try {
    copy_bytes(planned.path, &planned.status);
    watch_->collect();
    return true;
  } catch (const DiskFull&) {
    throw;
  } catch (const Error& error) {
    if (error.may_work_later()) throw;  // It was given up.
    remove_copy(planned.path);
    taker_.now_taken_.own_bytes = before;
    return false;
  }
}

bool TreeCopy::unchanged(const Planned& planned) {
  while (seen_before_ && compare_paths(seen_before_->path, planned.path) < 0) {
    seen_before_ = next(*seen_reader_);
  }
  return seen_before_ && seen_before_->path == planned.path && seen_before_->settled &&
         taker_.trusted_device_ == planned.status.st_dev &&
         same_file(seen_before_->status, planned.status);
}

bool TreeCopy::link_to_last(const std::string& path) {
  try {
    if (!last_) last_.emplace(taker_.last_);
    const auto from = last_->place_of(path);
    const auto to = target_.place_of(path);
    return ::linkat(from.folder, from.name.c_str(), to.folder, to.name.c_str(), 0) == 0;
  } catch (const Error&) {
    return false;  // It is gone.
  }
}

// All that was planned is of no use any more.
void TreeCopy::plan_again() {
  remove_tree(to_);
  if (::mkdir(to_.c_str(), kWhileFilling) != 0) throw_system_error("make", to_);
  target_ = FolderCursor(to_);
  source_ = FolderCursor(from_);
  reset();
  plan();
}

void TreeCopy::catch_up() {
  const MappedFiles before = mapped_;
  mapped_.add_own(taker_.proc_);
  if (!watch_ || mapped_ != before) return plan_again();
  FolderWatch::Changes changes = watch_->take();
  if (changes.all || !add_opened(changes.entries)) return plan_again();
  if (changes.entries.contains(std::string(kIgnoreFile))) return plan_again();
  erase_excluded(changes.entries, rules_);
  for (const auto& [file, first] : linked_) {
    if (changes.entries.contains(first)) return plan_again();
  }
  for (const std::string& path : changes.entries) {
    bool there = false;
    const struct stat status = status_of(path, there);
    if (there && S_ISREG(status.st_mode) && status.st_nlink > 1) return plan_again();
  }
  for (const std::string& path : changes.folders) {
    Planned folder;
    folder.path = path;
    folder.action = Action::folder;
    bool there = false;
    folder.status = status_of(path, there);
    if (!there || !S_ISDIR(folder.status.st_mode)) return plan_again();
    if (path.empty()) {
      folder.attributes = attributes_of(AT_FDCWD, from_.string(), path);
    } else {
      const auto [parent, name] = source_.place_of(path);
      folder.attributes = attributes_of(parent, name, path);
    }
    otherwise_[path] = std::move(folder);
  }
  forget_copies_of(changes.entries);
  for (const std::string& path : changes.entries) look_again(path);
}

// Of these, what was copied ahead takes no space any more.
void TreeCopy::forget_copies_of(const std::set<std::string>& changed) {
  if (changed.empty()) return;
  RecordFile::Reader reader(*copies_);
  while (const auto planned = next(reader)) {
    if (!planned->ahead || !changed.contains(planned->path)) continue;
    taker_.now_taken_.own_bytes -= allocated_bytes(planned->status);
  }
}

// Those that were opened for writing since the plan was made; false: they cannot be told.
bool TreeCopy::add_opened(std::set<std::string>& changed) {
  const OpenFiles now(taker_.proc_, from_);
  if (now.hidden()) return false;
  for (const auto& [number, path] : now.files()) {
    if (open_.files().contains(number)) continue;
    if (path.empty()) return false;
    bool there = false;
    const struct stat status = status_of(path, there);
    if (there && status.st_dev == number.first && status.st_ino == number.second) {
      changed.insert(path);
    }
  }
  return true;
}

struct stat TreeCopy::status_of(const std::string& path, bool& there) {
  struct stat status {};
  if (path.empty()) {
    there = ::stat(from_.c_str(), &status) == 0;
    return status;
  }
  const auto [folder, name] = source_.place_of(path);
  there = ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there && errno != ENOENT) throw_system_error("read", from_ / path);
  return status;
}

void TreeCopy::remove_copy(const std::string& path) {
  const auto [folder, name] = target_.place_of(path);
  ::unlinkat(folder, name.c_str(), 0);
}

// The plan does not hold for it any more, or it is not in it.
void TreeCopy::look_again(const std::string& path) {
  Planned now;
  now.path = path;
  bool there = false;
  now.status = status_of(path, there);
  remove_copy(path);  // Or a link that was made.
  if (!there) {
    now.action = Action::gone;
  } else if (S_ISREG(now.status.st_mode)) {
    return copy_file(std::move(now), true);
  } else if (S_ISLNK(now.status.st_mode)) {
    now.action = Action::symlink;
    const auto source = source_.place_of(path);
    copy_link(source.folder, source.name, now);
  } else {
    now.action = Action::gone;
    left_out_.insert(path);
  }
  otherwise_[path] = std::move(now);
}

void TreeCopy::copy() {
  RecordFile::Reader reader(*copies_);
  while (auto planned = next(reader)) {
    give_up_if_asked(stop_);
    if (otherwise_.contains(planned->path)) continue;
    if (planned->look_again) {
      bool there = false;
      const struct stat now = status_of(planned->path, there);
      if (planned->action == Action::share && there && same_file(now, planned->status)) continue;
    }
    if (planned->ahead) {
      bool there = false;
      const struct stat now = status_of(planned->path, there);
      if (!there || !same_file(now, planned->status)) throw_written(from_ / planned->path);
      add(*copied_, *planned);
      continue;
    }
    const bool replanned = planned->look_again;
    copy_file(std::move(*planned), replanned);
  }
}

// `replanned`: it is not what the plan says of it.
void TreeCopy::copy_file(Planned planned, bool replanned) {
  planned.status = copy_bytes(planned.path, planned.look_again ? nullptr : &planned.status);
  planned.action = Action::copy;
  planned.settled = !mapped_.contains(planned.status.st_ino, from_, planned.path) &&
                    nanoseconds_of(planned.status.st_ctim) + taker_.settled_.count() < began_ns_;
  add(*copied_, planned);
  if (replanned) otherwise_[planned.path] = std::move(planned);
}

struct stat TreeCopy::copy_bytes(const std::string& path, const struct stat* expected) {
  const fs::path shown = from_ / path;
  const auto from = source_.place_of(path);
  // Not to hang where a pipe took the file's place.
  const FileDescriptor source(
      ::openat(from.folder, from.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!source.open()) {
    if (errno == ENOENT) throw_written(shown);
    throw_system_error("read", shown);
  }
  struct stat status {};
  if (::fstat(source.get(), &status) != 0) throw_system_error("read", shown);
  if (expected != nullptr && !same_file(status, *expected)) throw_written(shown);
  const auto to = target_.place_of(path);
  const FileDescriptor target(
      ::openat(to.folder, to.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kWhileFilling));
  if (!target.open()) throw_system_error("write", to_ / path);
  taker_.count_copied(allocated_bytes(status));
  copy_contents(source, shown, target, to_ / path, stop_);
  copy_attributes(source.get(), status, target.get(), shown);
  struct stat after {};
  if (::fstat(source.get(), &after) != 0 || !same_file(status, after)) throw_written(shown);
  return status;
}

void TreeCopy::copy_link(int folder, const std::string& name, const Planned& planned) {
  const Entry entry = entry_for(folder, name, planned.status, planned.path, from_ / planned.path);
  const auto [target, own] = target_.place_of(planned.path);
  if (::symlinkat(entry.target.c_str(), target, own.c_str()) != 0) {
    throw_system_error("write", to_ / planned.path);
  }
  set_attributes(target, own, entry, to_ / planned.path);
}

void TreeCopy::check() {
  if (watch_ && watch_->reliable()) {
    FolderWatch::Changes changes = watch_->take();
    if (changes.all) throw_written(from_);
    erase_excluded(changes.entries, rules_);
    if (!changes.entries.empty()) throw_written(from_ / *changes.entries.begin());
  }
  RecordFile::Reader copied(*copied_);
  while (const auto file = next(copied)) {
    bool there = false;
    const struct stat now = status_of(file->path, there);
    if (!there || !same_file(now, file->status)) throw_written(from_ / file->path);
  }
  if (watch_ && watch_->reliable()) return;
  RecordFile::Reader plan(*plan_);
  while (const auto planned = next(plan)) {
    if (planned->action != Action::folder) continue;
    bool there = false;
    const struct stat now = status_of(planned->path, there);
    if (!there || !same_file(now, planned->status)) throw_written(from_ / planned->path);
  }
}

void TreeCopy::complete() {
  RecordFile::Reader reader(*plan_);
  auto other = otherwise_.begin();
  while (const auto planned = next(reader)) {
    for (; other != otherwise_.end() && compare_paths(other->first, planned->path) < 0; ++other) {
      complete(other->second);
    }
    if (other != otherwise_.end() && other->first == planned->path) {
      complete((other++)->second);
    } else {
      complete(*planned);
    }
  }
  for (; other != otherwise_.end(); ++other) complete(other->second);
  leave_folders(nullptr);
}

void TreeCopy::complete(const Planned& planned) {
  give_up_if_asked(stop_);
  if (planned.action == Action::gone) return;
  leave_folders(&planned);
  if (planned.action == Action::folder) {
    folders_.push_back(planned);
    return;
  }
  if (planned.action == Action::share && !link_to_last(planned.path)) {
    throw_system_error("link", to_ / planned.path);
  }
  if (planned.action == Action::hard_link) {
    FolderCursor firsts(to_);
    const auto first = firsts.place_of(planned.first);
    const auto [folder, name] = target_.place_of(planned.path);
    if (::linkat(first.folder, first.name.c_str(), folder, name.c_str(), 0) != 0) {
      throw_system_error("link", to_ / planned.path);
    }
  }
  const bool remembered = planned.action == Action::copy || planned.action == Action::share;
  if (remembered) add(*seen_, planned);
}

// Those that do not hold `next`, which are complete then; nullptr: all.
void TreeCopy::leave_folders(const Planned* next) {
  while (!folders_.empty()) {
    const Planned& folder = folders_.back();
    const bool inside =
        next != nullptr && (folder.path.empty() || (next->path.starts_with(folder.path) &&
                                                    next->path[folder.path.size()] == '/'));
    if (inside) return;
    const FileDescriptor target(::fcntl(target_.at(folder.path), F_DUPFD_CLOEXEC, 0));
    set_copied_attributes(target.get(), folder.status, folder.attributes, to_ / folder.path);
    folders_.pop_back();
  }
}

}  // namespace holdfast
