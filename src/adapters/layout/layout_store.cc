#include "adapters/layout/layout_store.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/store_layout.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kLayoutBytesMax = 1024;
// Sorts behind everything that begins with a dot, and before everything that begins with a letter.
constexpr const char* kBehindDots = "/";

bool is_own(std::string_view key) {
  return key.starts_with(kJobsPrefix) && !key.substr(kJobsPrefix.size()).starts_with('.');
}

// Whether the key's place depends on the layout. Other names that begin with a dot are nobody's.
bool is_of_a_job(std::string_view key) {
  return is_own(key) || (!key.empty() && !key.starts_with('.'));
}

// Where layout 1 keeps a job's own objects.
bool is_taken(std::string_view segment) {
  constexpr std::array<std::string_view, 5> kTaken = {"log", "manifests", "chunks", "attempts",
                                                      "job.json"};
  return std::ranges::find(kTaken, segment) != kTaken.end();
}

// Layout 1 has all records of a log in one folder, by 13 digits.
constexpr std::string_view kLog = "/log/";
constexpr std::size_t kRecordFolderDigits = 10;

// `key` from its beginning in layout 1, which it has already but for its records.
std::string in_one_log_folder(std::string key) {
  const std::size_t slash = key.find('/');
  const std::size_t cut = slash + kLog.size() + kRecordFolderDigits;
  if (key.compare(slash, kLog.size(), kLog) == 0 && cut < key.size() && key[cut] == '/') {
    key.erase(cut, 1);
  }
  return key;
}

// The reverse of together(), for a job's own object.
std::string apart(std::string key) {
  const std::size_t slash = key.find('/');
  const std::size_t cut = slash + kLog.size() + kRecordFolderDigits;
  if (key.compare(slash, kLog.size(), kLog) == 0 && cut < key.size()) key.insert(cut, "/");
  return key.insert(0, kJobsPrefix);
}

// A key as layout 1 spells it. A result that would hide an object of ours gets a '~' before its
// name, and so does one that looks as if it had got one.
std::string together(const std::string& key) {
  if (is_own(key)) return in_one_log_folder(key.substr(kJobsPrefix.size()));
  const std::size_t path = key.find('/') + 1;
  if (path == 0) return key;
  std::string_view segment = std::string_view(key).substr(path);
  segment = segment.substr(0, segment.find('/'));
  segment.remove_prefix(std::min(segment.find_first_not_of('~'), segment.size()));
  return is_taken(segment) ? std::string(key).insert(path, "~") : key;
}

}  // namespace

const char* LayoutStore::text_of(Layout layout) {
  return layout == Layout::together ? "{\"format\":1,\"layout\":1}\n"
                                    : "{\"format\":1,\"layout\":2}\n";
}

LayoutStore::Layout LayoutStore::stated(TimePoint deadline) {
  if (stated_.get() != Layout::unknown) return stated_.get();
  const auto text = inner_.get(kLayoutKey, kLayoutBytesMax, deadline);
  if (!text) return Layout::unknown;
  for (const Layout layout : {Layout::together, Layout::apart}) {
    if (*text != text_of(layout)) continue;
    stated_.set(layout);
    return layout;
  }
  throw Error(ErrorKind::rejected, std::string("the store's ") + kLayoutKey +
                                       " names a layout that this version does not know; a newer "
                                       "version of holdfast wrote it, so use that version");
}

LayoutStore::Layout LayoutStore::settled(TimePoint deadline) {
  const Layout known = stated(deadline);
  if (known != Layout::unknown) return known;
  const Layout ours = holds_jobs(deadline) ? Layout::together : Layout::apart;
  // Whoever comes first says it for all.
  static_cast<void>(inner_.create(kLayoutKey, text_of(ours), deadline));
  const Layout layout = stated(deadline);
  if (layout != Layout::unknown) return layout;
  throw Error(ErrorKind::unavailable,
              std::string("the store does not have ") + kLayoutKey + ", which was just written");
}

LayoutStore::Layout LayoutStore::seen(TimePoint deadline) {
  if (stated_.get() == Layout::unknown && seen_.get() != Layout::unknown) return seen_.get();
  const Layout known = stated(deadline);
  if (known != Layout::unknown) return known;
  if (!holds_jobs(deadline)) return Layout::apart;
  seen_.set(Layout::together);
  return Layout::together;
}

bool LayoutStore::holds_jobs(TimePoint deadline) {
  const auto first = inner_.list("", "", 1, deadline);
  if (first.empty()) return false;
  if (!first.front().key.starts_with('.')) return true;
  return !inner_.list("", kBehindDots, 1, deadline).empty();
}

std::string LayoutStore::to_read(const std::string& key, TimePoint deadline) {
  if (!is_of_a_job(key)) return key;
  return seen(deadline) == Layout::together ? together(key) : key;
}

std::string LayoutStore::to_write(const std::string& key, TimePoint deadline) {
  if (!is_of_a_job(key)) return key;
  return settled(deadline) == Layout::together ? together(key) : key;
}

std::optional<std::string> LayoutStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                            TimePoint deadline) {
  return inner_.get(to_read(key, deadline), size_bytes_max, deadline);
}

std::optional<std::string> LayoutStore::get_range(const std::string& key, std::uint64_t first,
                                                  std::uint64_t size_bytes, TimePoint deadline) {
  return inner_.get_range(to_read(key, deadline), first, size_bytes, deadline);
}

CreateOutcome LayoutStore::create(const std::string& key, std::string_view bytes,
                                  TimePoint deadline) {
  return inner_.create(to_write(key, deadline), bytes, deadline);
}

void LayoutStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                      TimePoint deadline) {
  inner_.put(to_write(key, deadline), bytes, digest, deadline);
}

void LayoutStore::upload(const std::string& key, const std::filesystem::path& file,
                         std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint deadline) {
  inner_.upload(to_write(key, deadline), file, size_bytes, digest, deadline);
}

Holding LayoutStore::holds(const std::string& key, std::uint64_t size_bytes,
                           const Sha256Digest& digest, TimePoint deadline) {
  return inner_.holds(to_read(key, deadline), size_bytes, digest, deadline);
}

bool LayoutStore::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                       TimePoint deadline) {
  return inner_.copy(to_write(from, deadline), to_write(to, deadline), size_bytes, deadline);
}

void LayoutStore::remove(const std::string& key, TimePoint deadline) {
  inner_.remove(to_read(key, deadline), deadline);
}

std::vector<ObjectEntry> LayoutStore::list(const std::string& prefix, const std::string& after,
                                           std::size_t count_max, TimePoint deadline) {
  const bool moved = is_own(prefix) && seen(deadline) == Layout::together;
  if (!moved) return inner_.list(prefix, after, count_max, deadline);
  auto entries = inner_.list(together(prefix), together(after), count_max, deadline);
  for (ObjectEntry& entry : entries) entry.key = apart(std::move(entry.key));
  return entries;
}

std::vector<std::string> LayoutStore::list_folders(const std::string& prefix,
                                                   const std::string& after, std::size_t count_max,
                                                   TimePoint deadline) {
  const bool moved = prefix == kJobsPrefix && seen(deadline) == Layout::together;
  if (!moved) return inner_.list_folders(prefix, after, count_max, deadline);
  std::vector<std::string> jobs;
  std::string last = after;
  for (;;) {  // Ends with the store's folders.
    const std::size_t wanted = count_max - jobs.size();
    auto folders = inner_.list_folders("", last, wanted, deadline);
    const bool all = folders.size() < wanted || wanted == 0;
    if (!folders.empty()) last = folders.back();
    std::erase_if(folders, [](const std::string& folder) { return folder.starts_with('.'); });
    jobs.insert(jobs.end(), folders.begin(), folders.end());
    if (all) return jobs;
  }
}

std::vector<UnfinishedUpload> LayoutStore::unfinished_uploads(const std::string& prefix,
                                                              std::size_t count_max,
                                                              TimePoint deadline) {
  const bool moved = is_own(prefix) && seen(deadline) == Layout::together;
  if (!moved) return inner_.unfinished_uploads(prefix, count_max, deadline);
  auto uploads = inner_.unfinished_uploads(together(prefix), count_max, deadline);
  for (UnfinishedUpload& upload : uploads) upload.key = apart(std::move(upload.key));
  return uploads;
}

void LayoutStore::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  inner_.abandon({to_read(upload.key, deadline), upload.id}, deadline);
}

}  // namespace holdfast
