#include "inputs/input_plan.h"

#include <sys/stat.h>

#include <set>

#include "base/file_digest.h"
#include "base/thread_pool.h"
#include "core/store_layout.h"
#include "core/upload_layout.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

using What = InputsOutcome::What;

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kPageMax = 1000;
constexpr std::size_t kFilesMax = 100'000;  // Of one folder.
constexpr int kWidth = 8;

[[noreturn]] void throw_absent(const std::string& name, const InputSource& source,
                               const std::string& what) {
  throw trouble(What::absent, input_sentence(name, shown(source), what));
}

std::string identity_of(const InputSource& source, const ObjectVersion& entry) {
  return "s3://" + source.place + "/" + entry.key + "\n" + std::to_string(entry.size_bytes) + "\n" +
         entry.version;
}

InputPiece piece_of(const std::string& name, const InputSource& source, Store& store,
                    const ObjectVersion& entry, const fs::path& path) {
  InputPiece piece{name, path, "s3://" + source.place + "/" + entry.key, &store, entry.key};
  piece.size_bytes = entry.size_bytes;
  // What a store does not tell apart is fetched each time.
  if (!entry.version.empty()) piece.identity = identity_of(source, entry);
  return piece;
}

// A listing has no retrying store before it.
std::vector<ObjectVersion> listed(VersionedListing& listing, const std::string& prefix,
                                  const std::string& after, std::size_t count_max,
                                  const Clock& clock) {
  constexpr int kTriesMax = 3;
  for (int tries = 1;; ++tries) {  // Ends with an answer, or after some tries.
    try {
      return listing.list_versions(prefix, after, count_max, clock.now() + kRequest);
    } catch (const Error& error) {
      if (!error.may_work_later() || tries == kTriesMax) throw;
    }
  }
}

std::optional<ObjectVersion> look_up(VersionedListing& listing, const std::string& key,
                                     const Clock& clock) {
  auto found = listed(listing, key, "", 1, clock);
  if (found.empty() || found.front().key != key) return std::nullopt;
  return std::move(found.front());
}

// Of a file that was uploaded into a folder; empty if there is none.
fs::path later_copy_in_folder(const fs::path& file) {
  std::error_code unknown;
  for (const auto& entry : fs::directory_iterator(file.parent_path(), unknown)) {
    if (is_later_copy(entry.path().native(), file.native())) return entry.path();
  }
  return {};
}

// A bucket may hold what no folder can. What that is; empty if it is nothing.
std::string no_tree(const std::vector<InputPiece>& pieces) {
  constexpr std::size_t kNameBytesMax = 255;
  std::set<fs::path> folders;
  for (const InputPiece& piece : pieces) {
    for (fs::path up = piece.path.parent_path(); !up.empty(); up = up.parent_path()) {
      if (!folders.insert(up).second) break;
    }
    for (const fs::path& part : piece.path) {
      if (part.native().size() > kNameBytesMax) return "has a name of more than 255 bytes in it";
    }
  }
  for (const InputPiece& piece : pieces) {
    if (folders.contains(piece.path)) {
      return "has an object and a folder of the same name, " + piece.path.string();
    }
  }
  return {};
}

}  // namespace

std::string input_sentence(const std::string& name, const std::string& where,
                           const std::string& what) {
  return "input \"" + name + "\" (" + where + ") " + what;
}

void blamed_on(Whose whose, const std::string& name, const std::string& where,
               const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    const bool waits = error.kind() == ErrorKind::machine ||
                       (whose == Whose::fleet && worth_waiting(error.kind())) ||
                       (whose == Whose::bucket && error.kind() == ErrorKind::unavailable);
    if (waits) throw;
    const std::string why = input_sentence(name, where, "cannot be fetched: ") + error.what();
    if (worth_waiting(error.kind())) throw trouble(What::not_yet, why);
    throw trouble(What::absent, why);
  }
}

InputPlan InputPlanner::plan(const InputReferences& inputs, const std::stop_token& stop) const {
  InputPlan whole;
  const auto paths = input_paths(inputs);
  ThreadPool pool(inputs.size() > 1 ? kWidth : 1, /*background=*/false);
  for (const auto& [name, reference] : inputs) {
    pool.give([&, &name = name, &reference = reference] {
      if (stop.stop_requested()) throw trouble(What::stopped, {});
      InputPlan part =
          plan_of({name, std::get<InputSource>(parse_input(reference)), paths.at(name)}, stop);
      pool.alone([&] {
        for (InputPiece& piece : part.pieces) whole.pieces.push_back(std::move(piece));
        for (InputLink& link : part.links) whole.links.push_back(std::move(link));
        for (fs::path& folder : part.folders) whole.folders.push_back(std::move(folder));
      });
    });
  }
  pool.finish();
  return whole;
}

InputPlan InputPlanner::plan_of(const Wanted& input, const std::stop_token& stop) const {
  const auto& [name, source, path] = input;
  const std::string refusal = rules_.refusal(source);
  if (!refusal.empty()) {
    throw trouble(What::refused, input_sentence(name, shown(source), refusal));
  }
  InputPlan plan;
  switch (source.kind) {
    case InputSource::Kind::object:
      blamed_on(Whose::bucket, name, shown(source), [&] { plan = plan_object(input); });
      break;
    case InputSource::Kind::folder:
      blamed_on(Whose::bucket, name, shown(source), [&] { plan = plan_folder(input, stop); });
      break;
    case InputSource::Kind::web:
      plan.pieces.push_back({name, path, shown(source), nullptr, source.path});
      plan.pieces.back().digest = source.digest;
      break;
    case InputSource::Kind::file:
      return plan_file(input);
    case InputSource::Kind::job:
      blamed_on(Whose::fleet, name, shown(source), [&] { plan = plan_result(input); });
      break;
  }
  return plan;
}

const Bucket& InputPlanner::bucket_of(const Wanted& input) const {
  const Bucket* bucket = doors_.bucket ? doors_.bucket(input.source.place) : nullptr;
  if (bucket == nullptr) {
    throw_absent(input.name, input.source, "is in a bucket, and this worker's store is a folder");
  }
  return *bucket;
}

InputPlan InputPlanner::plan_object(const Wanted& input) const {
  const auto& [name, source, path] = input;
  const Bucket& bucket = bucket_of(input);
  InputPlan plan;
  if (source.digest) {
    plan.pieces.push_back({name, path, shown(source), &bucket.store, source.path});
    plan.pieces.back().digest = source.digest;
    return plan;
  }
  const auto entry = look_up(bucket.listing, source.path, clock_);
  if (!entry) throw_absent(name, source, "does not exist: there is no such object");
  plan.pieces.push_back(piece_of(name, source, bucket.store, *entry, path));
  return plan;
}

InputPlan InputPlanner::plan_folder(const Wanted& input, const std::stop_token& stop) const {
  const auto& [name, source, path] = input;
  const Bucket& bucket = bucket_of(input);
  InputPlan plan;
  plan.folders.push_back(path);
  std::string after;
  for (bool more = true; more;) {  // Ends with the listing, or with too many files.
    if (stop.stop_requested()) throw trouble(What::stopped, {});
    const auto page = listed(bucket.listing, source.path, after, kPageMax, clock_);
    for (const ObjectVersion& entry : page) {
      const std::string below = entry.key.substr(source.path.size());
      plan.pieces.push_back(piece_of(name, source, bucket.store, entry, path / below));
    }
    if (plan.pieces.size() > kFilesMax) {
      throw_absent(name, source, "has more than 100,000 files; pack them, or name a part of it");
    }
    more = page.size() == kPageMax;
    if (more) after = page.back().key;
  }
  if (plan.pieces.empty()) throw_absent(name, source, "does not exist: no object has this prefix");
  const std::string odd = no_tree(plan.pieces);
  if (!odd.empty()) throw_absent(name, source, odd);
  return plan;
}

InputPlan InputPlanner::plan_file(const Wanted& input) {
  const auto& [name, source, path] = input;
  struct stat status {};
  fs::path here = source.path;
  bool there = ::stat(here.c_str(), &status) == 0;
  if (!there && source.digest) {
    here = later_copy_in_folder(here);
    there = !here.empty() && ::stat(here.c_str(), &status) == 0;
  }
  if (!there) {
    throw_absent(name, source, "does not exist on this machine");
  }
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    throw_absent(name, source, "is neither a file nor a folder");
  }
  InputPlan plan;
  plan.links.push_back({path, here.has_filename() ? here : here.parent_path()});
  if (!source.digest) return plan;
  std::optional<Sha256Digest> digest;
  try {
    digest = digest_of_file(open_to_read(here), here);
  } catch (const Error& error) {
    throw_absent(name, source, std::string("cannot be read: ") + error.what());
  }
  const Sha256Digest& found = *digest;
  if (found == source.digest) return plan;
  throw_absent(
      name, source,
      "does not match its digest: its SHA-256 is " + found.hex() + ", not " + source.digest->hex());
}

// Results are as their job left them: each file has a digest.
InputPlan InputPlanner::plan_result(const Wanted& input) const {
  const auto& [name, source, place] = input;
  const JobId job = *JobId::parse(source.place);
  JobLog log(doors_.own, clock_, job);
  const auto& newest = log.read(clock_.now() + kRequest);
  if (!newest || !is_end(newest->state)) {
    const std::string state = newest ? std::string(to_text(newest->state)) : "not begun";
    throw trouble(What::not_yet,
                  input_sentence(name, shown(source), "waits for its job, which is " + state));
  }
  if (newest->state != JobState::completed) {
    throw_absent(name, source,
                 "will not appear: its job is " + std::string(to_text(newest->state)) +
                     "; requeue that job first (holdfast dead requeue), then this one");
  }
  const StoreLayout layout(job);
  InputPlan plan;
  const std::string& wanted = source.path;
  const std::string folder = wanted.empty() || wanted.ends_with('/') ? wanted : wanted + "/";
  bool whole_file = false;
  const auto add = [&](const StoredOutputs& outputs, const Output& output, const fs::path& path) {
    InputPiece piece{name, path, "job:" + source.place + "/" + output.path, &doors_.own,
                     outputs.key_of(output)};
    piece.second_key = layout.output(output.path);
    piece.size_bytes = output.size_bytes;
    piece.digest = Sha256Digest::from_hex(output.digest);
    piece.executable = (output.mode & 0100) != 0;
    plan.pieces.push_back(std::move(piece));
  };
  if (!newest->outputs_digest.empty()) {
    const StoredOutputs outputs(doors_.own, clock_, layout, newest->attempt,
                                newest->outputs_digest);
    outputs.for_each_page([&](const std::vector<Output>& page) {
      for (const Output& output : page) {
        if (output.kind == OutputKind::file && output.path == wanted) {
          add(outputs, output, place);
          whole_file = true;
          return false;
        }
        if (!output.path.starts_with(folder)) continue;
        const fs::path path = place / output.path.substr(folder.size());
        if (output.kind == OutputKind::file) add(outputs, output, path);
        if (output.kind == OutputKind::folder) plan.folders.push_back(path);
      }
      return true;
    });
  }
  if (whole_file) plan.pieces.erase(plan.pieces.begin(), plan.pieces.end() - 1);
  if (plan.pieces.empty() && plan.folders.empty()) {
    throw_absent(name, source,
                 "does not exist: the result of job " + source.place + " has no such file");
  }
  if (!whole_file) plan.folders.push_back(place);
  return plan;
}

Whose InputPlanner::whose(const InputPiece& piece) const {
  if (piece.store == nullptr) return Whose::web;
  return piece.store == &doors_.own ? Whose::fleet : Whose::bucket;
}

void InputPlanner::find(InputPiece& piece) const {
  std::vector<ObjectEntry> found;
  const auto look = [&](const std::string& prefix) {
    blamed_on(whose(piece), piece.input, piece.shown,
              [&] { found = piece.store->list(prefix, "", 1, clock_.now() + kRequest); });
  };
  look(piece.key);
  if (found.empty() || found.front().key != piece.key) {
    look(later_copies_of(piece.key));
    if (found.empty() || !is_later_copy(found.front().key, piece.key)) {
      throw trouble(What::absent, input_sentence(piece.input, piece.shown,
                                                 "does not exist: there is no such object"));
    }
    piece.key = found.front().key;
  }
  piece.size_bytes = found.front().size_bytes;
}

bool InputPlanner::still_holds(const InputPlan& before, const InputReferences& inputs,
                               const std::stop_token& stop) const {
  InputReferences again = inputs;
  std::erase_if(again, [](const auto& input) {
    const auto source = std::get<InputSource>(parse_input(input.second));
    const bool in_bucket =
        source.kind == InputSource::Kind::object || source.kind == InputSource::Kind::folder;
    return !in_bucket || source.digest;
  });
  const auto identities = [](const InputPlan& plan) {
    std::set<std::pair<std::string, std::string>> found;
    for (const InputPiece& piece : plan.pieces) {
      if (!piece.identity.empty()) found.emplace(piece.input, piece.identity);
    }
    return found;
  };
  return again.empty() || identities(plan(again, stop)) == identities(before);
}

}  // namespace holdfast
