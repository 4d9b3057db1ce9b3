#include "app/input_upload.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <thread>

#include "app/exit_codes.h"
#include "app/terminal.h"
#include "base/file_digest.h"
#include "base/locked.h"
#include "base/shared_value.h"
#include "base/thread.h"
#include "base/thread_pool.h"
#include "core/job.h"
#include "core/job_input.h"
#include "core/text.h"
#include "core/upload_layout.h"
#include "holdfast/error.h"
#include "operate/uploads.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 8;
constexpr std::size_t kBarWidth = 30;
constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;
constexpr Duration kRequest = std::chrono::seconds(60);
// A file that is larger goes up in parts, of which a killed process leaves some.
constexpr std::uint64_t kWholeBytesMax = std::uint64_t{64} << 20;
constexpr std::size_t kUnfinishedMax = 100;
constexpr int kTriesMax = 10;
constexpr Duration kRedraw = std::chrono::milliseconds(200);

std::string files_text(std::uint64_t count) {
  return grouped(count) + (count == 1 ? " file" : " files");
}

InputWishes::Fault fault(const fs::path& path, const std::string& what) {
  return {path.string() + " " + what};
}

}  // namespace

InputUpload::InputUpload(const StoreConfig& place, const CommandContext& context)
    : place_(place), context_(context) {}

std::variant<std::string, InputWishes::Fault> InputUpload::reference_of(const fs::path& file) {
  const fs::path path = fs::absolute(file).lexically_normal();
  const auto known = references_.find(path);
  if (known != references_.end()) return known->second;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return fault(path, std::string("cannot be read: ") + std::strerror(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return fault(path,
                 "is a folder; pack it into one file, or copy it to the bucket and name it there "
                 "(s3://BUCKET/PREFIX/)");
  }
  if (!S_ISREG(status.st_mode)) return fault(path, "is no file");
  std::optional<Sha256Digest> digest;
  try {
    digest = digest_of_file(open_to_read(path), path);
  } catch (const Error& error) {
    return fault(path, std::string("cannot be read: ") + error.what());
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string reference;
  const std::string key = uploaded_input_key(digest->hex(), path.string());
  const std::string name = key.substr(kUploadsPrefix.size());
  if (files_.emplace(name, File{path, size, *digest}).second) bytes_ += size;
  if (const auto* bucket = std::get_if<BucketConfig>(&place_)) {
    const std::string prefix = bucket->prefix.empty() || bucket->prefix.ends_with('/')
                                   ? bucket->prefix
                                   : bucket->prefix + "/";
    reference = "s3://" + bucket->bucket + "/" + prefix + key;
  } else {
    reference = "file:" + (std::get<FolderStoreConfig>(place_).root / key).string();
  }
  reference += "#sha256=" + digest->hex();
  names_[reference] = name;
  return references_[path] = reference;
}

void InputUpload::say_names(Store& store, const std::string& group, const JobList& list) const {
  Uploads(store, context_.clock).name(group, [&](const Uploads::Say& say) {
    const auto reader = list.read();
    ListedJob listed;
    ListFault fault;
    while (reader->next(listed, fault) == Reading::job) {
      const auto parsed = parse_job(listed.body);
      const auto* job = std::get_if<Job>(&parsed);
      if (job == nullptr) continue;
      std::set<std::string> files;
      for (const auto& [name, reference] : inputs_of(job->fields)) {
        const auto file = names_.find(reference);
        if (file != names_.end()) files.insert(file->second);
      }
      say(listed.id, files);
    }
  });
}

void InputUpload::send(Store& store, const std::string& group, const JobList& list) {
  say_names(store, group, list);
  const auto copies = Uploads(store, context_.clock).live_copies();
  struct Sent {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t there = 0;  // Of the files, those that were there.
  };
  Locked<Sent> sent;
  LiveLines lines;
  const bool live = can_redraw(STDERR_FILENO);
  const auto send_one = [&](const std::string& name, const File& file) {
    const auto copy = copies.find(name);
    const std::string key = upload_copy_key({name, copy == copies.end() ? 1 : copy->second});
    const auto deadline = [&] {
      return context_.clock.now() + kRequest +
             std::chrono::seconds(file.size_bytes / kBytesPerSecondMin);
    };
    const bool there = store.holds(key, file.size_bytes, file.digest, deadline()) == Holding::equal;
    for (int tries = 1; !there; ++tries) {  // Ends when it is sent, or after some tries.
      try {
        store.upload(key, file.path, file.size_bytes, file.digest, deadline());
        break;
      } catch (const Error& error) {
        if (error.may_work_later() && tries < kTriesMax) continue;
        if (error.may_work_later()) throw;
        throw Error(error.kind(), file.path.string() + " was not uploaded: " + error.what());
      }
    }
    if (!there && file.size_bytes > kWholeBytesMax) {
      for (const auto& left : store.unfinished_uploads(key, kUnfinishedMax, deadline())) {
        store.abandon(left, deadline());
      }
    }
    sent.with([&](Sent& now) {
      now.files += 1;
      now.bytes += file.size_bytes;
      now.there += there ? 1 : 0;
    });
  };
  const auto show = [&] {
    if (!live) return;
    Sent now;
    sent.with([&](const Sent& value) { now = value; });
    const double share = static_cast<double>(now.bytes + 1) / static_cast<double>(bytes_ + 1);
    lines.draw({bar(share, kBarWidth) + " " + grouped(now.files) + " of " +
                files_text(files_.size()) + " uploaded, " + bytes_text(now.bytes) + " of " +
                bytes_text(bytes_)});
  };
  SharedValue<bool> ended(false);
  std::exception_ptr failure;
  std::thread sending = start_thread("the upload", [&] {
    try {
      ThreadPool pool(files_.size() > 1 ? kWidth : 1, /*background=*/false);
      for (const auto& [name, file] : files_) {
        pool.give([&, &name = name, &file = file] { send_one(name, file); });
      }
      pool.finish();
    } catch (...) {
      failure = std::current_exception();
    }
    ended.set(true);
    context_.signals.wake();
  });
  while (!ended.get()) {
    const auto signal = context_.signals.next(context_.clock.now() + kRedraw);
    if (signal) {
      lines.clear();
      say("Stopped. Nothing was submitted yet; run the same command again to continue.\n");
      ::_exit(kExitSignalBase + *signal);  // A file that is half sent shows nowhere.
    }
    show();
  }
  sending.join();
  lines.clear();
  if (failure) std::rethrow_exception(failure);
  Sent now;
  sent.with([&](const Sent& value) { now = value; });
  std::string text = files_text(now.files - now.there) + " uploaded as inputs";
  if (now.there > 0) text += "; " + files_text(now.there) + " had been before";
  say(text + "\n");
}

std::variant<std::string, InputWishes::Fault> reference_here(const fs::path& path) {
  const fs::path absolute = fs::absolute(path).lexically_normal();
  std::error_code unknown;
  if (!fs::exists(absolute, unknown)) {
    return fault(absolute, unknown ? "cannot be read: " + unknown.message() : "is not there");
  }
  return "file:" + absolute.string();
}

}  // namespace holdfast
