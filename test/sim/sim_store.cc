#include "sim_store.h"

#include <memory>
#include <variant>

#include "base/file.h"
#include "core/record.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t kFileBytesMax = 64 << 20;
// A call that takes longer is trouble for who makes it.
constexpr Duration kPrompt = 1s;

bool is_record(const std::string& key) {
  return key.find("/log/") != std::string::npos && key.find("/attempts/") == std::string::npos;
}

// Records have no digest of their own: what guards them on the way is the line itself.
bool has_digest(const std::string& key) {
  const auto holds = [&](const char* part) { return key.find(part) != std::string::npos; };
  return holds("/chunks/") || holds("/manifests/") || holds("~/");
}

// The first thing that a store without a working create-if-absent spoils: two workers were told
// that they created the same record, and the other's stands.
std::string rival_of(const Record& ours, const std::string& before) {
  Record rival = claimed(record_from_json(before), {ours.attempt_id + "-rival", "rival", "rival"});
  rival.number = ours.number;
  rival.when = ours.when;
  return to_json(rival);
}

}  // namespace

template <typename Answer>
Answer SimStore::call(const std::string& what, const char* late, TimePoint deadline,
                      std::function<Answer(BucketStore&)> at_store) {
  World& world = actor_.world();
  Fate fate = network_.fate_of_call(worker_);
  // Who gives up then is nobody whose job waits for it.
  if (!awaited_ && fate.kind == Fate::Kind::rejected) fate.kind = Fate::Kind::refused;
  if (!awaited_ && network_.faulty() && world.chance(faults_.index_refused)) {
    fate = {Fate::Kind::refused, world.between(1ms, 50ms), {}};
    world.mark("index refused");
  }
  const TimePoint began = world.now();
  const TimePoint by = to_world_(deadline);
  using Kind = Fate::Kind;
  if (fate.kind == Kind::refused || fate.kind == Kind::busy || fate.kind == Kind::rejected) {
    trouble(world.now());
    actor_.wait(began + fate.there, nullptr);
    trouble(world.now());
    if (fate.kind == Kind::busy) throw StoreBusy("simulated: busy: " + what);
    if (fate.kind == Kind::rejected) throw Error(ErrorKind::rejected, "simulated: no: " + what);
    throw Error(ErrorKind::unavailable, "simulated: refused: " + what);
  }
  struct Request {
    std::optional<Answer> answer;
    std::optional<Error> error;
    bool answered = false;
  };
  auto request = std::make_shared<Request>();
  if (fate.kind != Kind::request_lost) {
    world.at(began + fate.there, [&world, &bucket = bucket_, worker = worker_, request, fate, by,
                                  what, late, at_store = std::move(at_store)] {
      if (world.now() > by) {
        world.mark(late);
        world.note(worker + " late at the store: " + what);
      }
      BucketStore store(bucket, worker);
      try {
        request->answer = at_store(store);
      } catch (const Error& error) {
        request->error = error;
      }
      if (fate.kind == Kind::answer_lost) return;
      world.at(world.now() + fate.back, [request] { request->answered = true; });
    });
  }
  const bool prompt = fate.kind == Kind::answered && fate.there + fate.back <= kPrompt;
  if (!prompt) {
    const bool heard = fate.kind == Kind::answered;
    trouble(heard ? std::min(by, began + fate.there + fate.back) : by);
  }
  actor_.wait(by, [request] { return request->answered; });
  if (!request->answered) {
    world.note(worker_ + " hears nothing in time: " + what);
    trouble(world.now());
    throw Error(ErrorKind::unavailable, "simulated: no answer in time: " + what);
  }
  if (request->error) throw Error(*request->error);
  return std::move(*request->answer);
}

void SimStore::trouble(TimePoint until) {
  if (awaited_) network_.trouble(worker_, until);
}

std::optional<std::string> SimStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                         TimePoint deadline) {
  using Bytes = std::optional<std::string>;
  Bytes bytes = call<Bytes>("get " + key, "late read", deadline,
                            [=](BucketStore& store) { return store.get(key, size_bytes_max, {}); });
  if (bytes) damage(key, *bytes);
  return bytes;
}

std::optional<std::string> SimStore::get_range(const std::string& key, std::uint64_t first,
                                               std::uint64_t size_bytes, TimePoint deadline) {
  using Bytes = std::optional<std::string>;
  return call<Bytes>("get " + key, "late read", deadline, [=](BucketStore& store) {
    return store.get_range(key, first, size_bytes, {});
  });
}

void SimStore::damage(const std::string& key, std::string& bytes) {
  World& world = actor_.world();
  if (!network_.faulty() || !has_digest(key) || bytes.empty()) return;
  if (!world.chance(faults_.body_damaged) || !damaged_.insert(key).second) return;
  trouble(world.now());
  if (world.chance(0.5)) {
    world.mark("body damaged on the way");
    bytes[world.random().below(bytes.size())] ^= 1;
  } else {
    world.mark("body cut short on the way");
    bytes.resize(world.random().below(bytes.size()));
  }
}

CreateOutcome SimStore::create(const std::string& key, std::string_view bytes, TimePoint deadline) {
  World& world = actor_.world();
  if (is_record(key) && network_.faulty() && world.chance(faults_.exists_unseen)) {
    world.mark("exists, but nothing to read");
    trouble(world.now());
    actor_.wait(world.now() + world.between(1ms, 50ms), nullptr);
    return CreateOutcome::exists;
  }
  const bool unfenced = network_.faulty() && world.chance(faults_.unfenced);
  return call<CreateOutcome>(
      "create " + key, "late create", deadline,
      [key, unfenced, &world, &bucket = bucket_, bytes = std::string(bytes)](BucketStore& store) {
        if (unfenced && is_record(key) && !bucket.objects.contains(key)) {
          const Record ours = record_from_json(bytes);
          if (ours.kind == RecordKind::completed) {
            // Keys count down: the record before ours comes next.
            world.mark("store without a fence");
            const auto before = bucket.objects.upper_bound(key);
            bucket.write(key, rival_of(ours, before->second), "rival");
            return CreateOutcome::created;
          }
        }
        return store.create(key, bytes, {});
      });
}

void SimStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                   TimePoint deadline) {
  if (bucket_.on_write_sent) bucket_.on_write_sent(key);
  call<std::monostate>("put " + key, "late write", deadline,
                       [=, bytes = std::string(bytes)](BucketStore& store) {
                         store.put(key, bytes, digest, {});
                         return std::monostate();
                       });
}

void SimStore::upload(const std::string& key, const std::filesystem::path& file, std::uint64_t,
                      const Sha256Digest& digest, TimePoint deadline) {
  put(key, *read_file(file, kFileBytesMax), digest, deadline);
}

Holding SimStore::holds(const std::string& key, std::uint64_t size_bytes,
                        const Sha256Digest& digest, TimePoint deadline) {
  return call<Holding>("compare " + key, "late read", deadline, [=](BucketStore& store) {
    return store.holds(key, size_bytes, digest, {});
  });
}

bool SimStore::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                    TimePoint deadline) {
  if (bucket_.on_write_sent) bucket_.on_write_sent(to);
  return call<bool>("copy " + to, "late copy", deadline,
                    [=](BucketStore& store) { return store.copy(from, to, size_bytes, {}); });
}

void SimStore::remove(const std::string& key, TimePoint deadline) {
  if (bucket_.on_remove_sent) bucket_.on_remove_sent(key);
  call<std::monostate>("remove " + key, "late remove", deadline, [=](BucketStore& store) {
    store.remove(key, {});
    return std::monostate();
  });
}

std::vector<ObjectEntry> SimStore::list(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) {
  return call<std::vector<ObjectEntry>>(
      "list " + prefix, "late read", deadline,
      [=](BucketStore& store) { return store.list(prefix, after, count_max, {}); });
}

std::vector<std::string> SimStore::list_folders(const std::string& prefix, const std::string& after,
                                                std::size_t count_max, TimePoint deadline) {
  return call<std::vector<std::string>>(
      "list folders", "late read", deadline,
      [=](BucketStore& store) { return store.list_folders(prefix, after, count_max, {}); });
}

std::vector<UnfinishedUpload> SimStore::unfinished_uploads(const std::string& prefix,
                                                           std::size_t count_max,
                                                           TimePoint deadline) {
  return call<std::vector<UnfinishedUpload>>(
      "unfinished uploads " + prefix, "late read", deadline,
      [=](BucketStore& store) { return store.unfinished_uploads(prefix, count_max, {}); });
}

void SimStore::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  call<std::monostate>("abandon " + upload.key, "late read", deadline, [=](BucketStore& store) {
    store.abandon(upload, {});
    return std::monostate();
  });
}

}  // namespace holdfast::sim
