#include "results/download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/mailbox.h"
#include "base/thread_pool.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kRangeBytes = 4 * 1024 * 1024;
// Ranges of one object that are under way at once.
constexpr std::uint64_t kRangesAtOnce = 6;
constexpr Duration kRequest = std::chrono::minutes(2);
constexpr std::int64_t kSecondNs = 1'000'000'000;

// A range of an object, as it arrives.
struct Range {
  std::uint64_t first = 0;
  std::optional<std::string> bytes;
  std::exception_ptr failure;
};

int open_part(const TargetTree::Place& part) {
  return ::openat(part.folder.get(), part.name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                  0600);
}

}  // namespace

Download::Download(Store& store, const Clock& clock, const Output& output,
                   const TargetTree::Place& part, SharedValue<std::uint64_t>& arrived,
                   const std::stop_token& stop)
    : store_(store),
      clock_(clock),
      output_(output),
      part_(part),
      arrived_(arrived),
      stop_(stop),
      file_(open_part(part)) {
  if (!file_.open() && errno == EACCES) {
    // It was whole and had its mode, which forbids writing, but not its name yet.
    ::unlinkat(part.folder.get(), part.name.c_str(), 0);
    file_ = FileDescriptor(open_part(part));
  }
  if (!file_.open()) throw_system_error("write", part.shown);
}

bool Download::from(const std::string& key) {
  std::uint64_t at = size();
  if (at > output_.size_bytes) {
    empty();
    at = 0;
  }
  // Behind this, ranges may be missing.
  at -= std::min(at, kRangesAtOnce * kRangeBytes);
  try {
    for (;;) {  // Ends: the second try begins at zero.
      Sha256 hash;
      read_back(at, hash);
      if (!read(key, at, hash)) break;
      if (hash.finish().hex() == output_.digest) return true;
      // What an earlier try left may have been of another object, or spoiled on this disk.
      empty();
      if (std::exchange(at, 0) == 0) break;
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
  }
  empty();
  return false;
}

bool Download::read(const std::string& key, std::uint64_t at, Sha256& hash) {
  const std::uint64_t ranges = (output_.size_bytes - at + kRangeBytes - 1) / kRangeBytes;
  Mailbox<Range> arrived;
  // After the mailbox, which its threads use.
  ThreadPool pool(static_cast<int>(std::min<std::uint64_t>(ranges, kRangesAtOnce)),
                  /*background=*/false);
  std::uint64_t asked = at;  // Up to here.
  const auto ask = [&] {
    const std::uint64_t first = asked;
    const std::uint64_t count = std::min(kRangeBytes, output_.size_bytes - first);
    asked += count;
    pool.give([this, &key, &arrived, first, count] {
      Range range{first, {}, {}};
      try {
        range.bytes = store_.get_range(key, first, count, clock_.now() + kRequest);
        // Here, so that the thread that takes the digest, one byte after the other, does only that.
        if (range.bytes) write_range(file_, part_.shown, first, *range.bytes);
      } catch (...) {
        range.failure = std::current_exception();
      }
      arrived.post(std::move(range));
    });
  };
  for (std::uint64_t i = 0; i < kRangesAtOnce && asked < output_.size_bytes; ++i) ask();
  std::map<std::uint64_t, std::string> early;
  while (at < output_.size_bytes) {
    if (stop_.stop_requested()) throw FetchStopped();
    auto range = arrived.next(clock_.now() + 2 * kRequest);
    if (!range) continue;  // Every request ends by its deadline.
    if (range->failure) std::rethrow_exception(range->failure);
    if (!range->bytes) return false;
    arrived_.add(range->bytes->size());
    early.emplace(range->first, std::move(*range->bytes));
    for (auto next = early.find(at); next != early.end(); next = early.find(at)) {
      hash.update(next->second);
      at += next->second.size();
      early.erase(next);
      if (asked < output_.size_bytes) ask();
    }
  }
  return true;
}

void Download::read_back(std::uint64_t size, Sha256& hash) {
  std::string bytes;
  for (std::uint64_t at = 0; at < size; at += bytes.size()) {
    if (stop_.stop_requested()) throw FetchStopped();
    read_range_into(bytes, file_, part_.shown, at, std::min(kRangeBytes, size - at));
    if (bytes.empty()) return;  // Shorter than it was: the digest shows it.
    hash.update(bytes);
  }
}

void Download::set_attributes() {
  if (output_.modified_ns != 0) {
    // Seconds are rounded down, also before 1970.
    std::int64_t seconds = output_.modified_ns / kSecondNs;
    std::int64_t rest = output_.modified_ns % kSecondNs;
    if (rest < 0) {
      seconds -= 1;
      rest += kSecondNs;
    }
    const timespec time{seconds, rest};
    const std::array<timespec, 2> times = {time, time};
    if (::futimens(file_.get(), times.data()) != 0)
      throw_system_error("set the time of", part_.shown);
  }
  if (::fchmod(file_.get(), output_.mode) != 0) throw_system_error("set the mode of", part_.shown);
}

std::uint64_t Download::size() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) throw_system_error("look at", part_.shown);
  return static_cast<std::uint64_t>(status.st_size);
}

void Download::empty() {
  if (::ftruncate(file_.get(), 0) != 0) throw_system_error("empty", part_.shown);
}

}  // namespace holdfast
