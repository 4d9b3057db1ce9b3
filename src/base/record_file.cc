#include "base/record_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

constexpr std::size_t kTailBytesMax = 256 * 1024;
constexpr std::size_t kBufferBytes = 64 * 1024;

// A file that nobody else can find.
FileDescriptor make_nameless(const std::filesystem::path& folder) {
  FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.open()) return file;
  // Some file systems have no such files.
  std::string name = (folder / ".list-XXXXXX").string();
  file = FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.open()) throw_system_error("make a temporary file in", folder);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

void RecordFile::add(std::string_view record) {
  const auto size = static_cast<std::uint32_t>(record.size());
  tail_.append(reinterpret_cast<const char*>(&size), sizeof size);
  tail_ += record;
  count_ += 1;
  if (tail_.size() < kTailBytesMax) return;
  if (!file_.open()) file_ = make_nameless(folder_);
  write_range(file_, folder_, in_file_, tail_);
  in_file_ += tail_.size();
  tail_.clear();
}

std::optional<std::string_view> RecordFile::Reader::next() {
  if (offset_ == file_.in_file_ + file_.tail_.size()) return std::nullopt;
  std::uint32_t size = 0;
  const std::string_view head = take(sizeof size);
  std::copy(head.begin(), head.end(), reinterpret_cast<char*>(&size));
  return take(size);
}

// No record lies partly in the file.
std::string_view RecordFile::Reader::take(std::uint64_t size) {
  const std::uint64_t at = std::exchange(offset_, offset_ + size);
  if (at >= file_.in_file_) return std::string_view(file_.tail_).substr(at - file_.in_file_, size);
  if (at < buffer_at_ || at + size > buffer_at_ + buffer_.size()) {
    const std::uint64_t left = file_.in_file_ - at;
    read_range_into(buffer_, file_.file_, file_.folder_, at,
                    std::min<std::uint64_t>(left, std::max<std::uint64_t>(size, kBufferBytes)));
    buffer_at_ = at;
    if (buffer_.size() < size) {
      throw Error(ErrorKind::rejected,
                  "a temporary file in " + file_.folder_.string() + " cannot be read again");
    }
  }
  return std::string_view(buffer_).substr(at - buffer_at_, size);
}

struct RecordSorter::Run {
  explicit Run(const std::filesystem::path& folder) : file(folder), reader(file) {}
  RecordFile file;
  RecordFile::Reader reader;
  std::string_view first;
};

RecordSorter::RecordSorter(std::filesystem::path folder, std::size_t memory_bytes_max)
    : folder_(std::move(folder)), memory_bytes_max_(memory_bytes_max) {}

RecordSorter::~RecordSorter() = default;
RecordSorter::RecordSorter(RecordSorter&&) noexcept = default;

void RecordSorter::add(std::string_view record) {
  slices_.push_back({bytes_.size(), record.size()});
  bytes_ += record;
  if (bytes_.size() + slices_.size() * sizeof(Slice) >= memory_bytes_max_) spill();
}

void RecordSorter::sort() {
  std::sort(slices_.begin(), slices_.end(), [this](Slice a, Slice b) { return of(a) < of(b); });
}

void RecordSorter::spill() {
  sort();
  auto run = std::make_unique<Run>(folder_);
  for (const Slice slice : slices_) run->file.add(of(slice));
  runs_.push_back(std::move(run));
  bytes_.clear();
  slices_.clear();
}

std::optional<std::string_view> RecordSorter::next() {
  const auto later = [](const std::unique_ptr<Run>& a, const std::unique_ptr<Run>& b) {
    return a->first > b->first;
  };
  if (!sorted_) {
    sorted_ = true;
    if (!runs_.empty()) spill();
    sort();
    for (const auto& run : runs_) run->first = run->reader.next().value_or(std::string_view());
    std::erase_if(runs_, [](const auto& run) { return run->file.count() == 0; });
    std::make_heap(runs_.begin(), runs_.end(), later);
  } else if (!runs_.empty()) {
    // The one whose record was handed out last goes on; only now, for its bytes were in use.
    std::pop_heap(runs_.begin(), runs_.end(), later);
    if (const auto record = runs_.back()->reader.next()) {
      runs_.back()->first = *record;
      std::push_heap(runs_.begin(), runs_.end(), later);
    } else {
      runs_.pop_back();
    }
  }
  if (!runs_.empty()) return runs_.front()->first;
  if (next_ == slices_.size()) return std::nullopt;
  return of(slices_[next_++]);
}

}  // namespace holdfast
