#include "operate/uploads.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/compression.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "core/job.h"
#include "core/upload_layout.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr std::size_t kPage = 1000;
constexpr std::size_t kNoteBytesMax = 32 * 1024 * 1024;
constexpr std::size_t kNoteBytes = 16 * 1024 * 1024;  // More goes into another one.
constexpr std::size_t kRandomBytes = 8;
constexpr int kWidth = 8;
constexpr std::string_view kFirstLine = "holdfast uploads 1";

// The text up to `end`, and behind it; all of it if there is none.
std::string_view take(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// Lines: the job, and the files that it names, with blanks between.
UploadNote parse_note(const std::string& key, std::int64_t when, std::string_view rest) {
  if (take(rest, '\n') != kFirstLine) {
    throw Error(ErrorKind::corrupt, key + " is damaged, or a newer version of holdfast wrote it");
  }
  UploadNote note{key, when, std::string(take(rest, '\n')), {}};
  while (!rest.empty()) {
    std::string_view line = take(rest, '\n');
    const std::string job(take(line, ' '));
    if (!JobId::parse(job)) throw Error(ErrorKind::corrupt, key + " names a job that is none");
    while (!line.empty()) note.jobs[std::string(take(line, ' '))].push_back(job);
  }
  return note;
}

}  // namespace

void each_object(Store& store, const Clock& clock, const std::string& prefix,
                 const std::function<void(const ObjectEntry&)>& visit) {
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store.list(prefix, after, kPage, clock.now() + kStep);
    for (const ObjectEntry& object : page) visit(object);
    if (page.size() < kPage) return;
    after = page.back().key;
  }
}

void Uploads::name(const std::string& group, const std::function<void(const Say& say)>& each) {
  Random random = Random::from_system();
  const std::string head = std::string(kFirstLine) + "\n" + group + "\n";
  std::string text = head;
  const auto write = [&] {
    if (text.size() == head.size()) return;
    const std::string bytes = compressed(text).value_or(text);
    const auto now = clock_.wall().time_since_epoch();
    const std::string key = upload_note_key(
        std::chrono::duration_cast<std::chrono::seconds>(now).count(), random.hex(kRandomBytes));
    store_.put(key, bytes, sha256(bytes), clock_.now() + kStep);
    text = head;
  };
  each([&](const std::string& job, const std::set<std::string>& files) {
    if (files.empty()) return;
    text += job;
    for (const std::string& file : files) text += " " + file;
    text += "\n";
    if (text.size() >= kNoteBytes) write();
  });
  write();
}

std::map<std::string, std::uint64_t> Uploads::live_copies() {
  std::map<std::string, std::uint64_t> live;
  each_object(store_, clock_, std::string(kUploadsGonePrefix), [&](const ObjectEntry& mark) {
    const auto gone = upload_copy_at(mark.key, kUploadsGonePrefix);
    if (!gone) return;
    std::uint64_t& next = live[gone->file];
    next = std::max(next, gone->number + 1);
  });
  return live;
}

std::vector<UploadNote> Uploads::notes(const std::set<std::string>& known) {
  std::vector<UploadNote> notes;
  ThreadPool pool(kWidth, /*background=*/false);
  each_object(store_, clock_, std::string(kUploadNotesPrefix), [&](const ObjectEntry& object) {
    const auto when = upload_note_time(object.key);
    if (!when || known.contains(object.key)) return;
    pool.give([&, key = object.key, when = *when] {
      const auto bytes = store_.get(key, kNoteBytesMax, clock_.now() + kStep);
      if (!bytes) return;  // Somebody has removed it: nothing that it names is left.
      const std::string text =
          is_frame(*bytes) ? decompressed_frame(*bytes, kNoteBytesMax) : *bytes;
      UploadNote note = parse_note(key, when, text);
      pool.alone([&] { notes.push_back(std::move(note)); });
    });
  });
  pool.finish();
  return notes;
}

}  // namespace holdfast
