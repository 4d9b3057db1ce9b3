#include "checker.h"

#include <algorithm>

#include "checkpoint/restorer.h"
#include "core/job.h"
#include "core/step_back.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "ports/runner.h"
#include "results/remains.h"

namespace holdfast::sim {

namespace {

// Of a worker's clock (SimClock), at the least.
constexpr double kSlowest = 0.8;
constexpr Duration world_time(Duration by_a_worker) {
  return std::chrono::duration_cast<Duration>(by_a_worker / kSlowest);
}

// Whose object it is; empty: of no job.
std::string job_of(std::string_view key) {
  if (key.starts_with(kJobsPrefix)) key.remove_prefix(kJobsPrefix.size());
  if (key.starts_with('.')) return {};
  return std::string(key.substr(0, key.find('/')));
}

}  // namespace

Checker::Checker(World& world, const Faults& faults, Network& network, Bucket& bucket,
                 SimBroker& broker, const std::map<std::string, Program>& programs,
                 std::filesystem::path directory, Accountant& accountant)
    : world_(world),
      faults_(faults),
      network_(network),
      bucket_(bucket),
      broker_(broker),
      programs_(programs),
      directory_(std::move(directory)),
      accountant_(accountant) {
  bucket.on_write = [this](const std::string& key, const std::string& bytes,
                           const std::string& writer) { on_write(key, bytes, writer); };
  bucket.on_write_sent = [this](const std::string& key) { on_write_sent(key); };
  bucket.on_remove = [this](const std::string& key) { on_remove(key); };
  bucket.on_remove_sent = [this](const std::string& key) { removals_sent_.insert(key); };
  broker.on_complete = [this](const SimBroker::Queued& message) { on_settled(message); };
}

void Checker::add_job(const std::string& job, const std::string& body, bool twice) {
  jobs_[job].body = body;
  jobs_[job].one_message = !twice;
}

// --- Objects ---

void Checker::on_write(const std::string& key, const std::string& bytes,
                       const std::string& writer) {
  if (key.starts_with(fleet_.index_prefix())) return on_index_write(key, bytes);
  const std::string job = job_of(key);
  if (job.empty()) return;
  const StoreLayout layout(*JobId::parse(job));
  const auto there = bucket_.objects.find(key);
  if (key.starts_with(layout.log_prefix())) {
    if (there != bucket_.objects.end()) return check_stub(job, key, bytes);
    return on_record(job, record_from_json(bytes), writer);
  }
  const Known& known = jobs_.at(job);
  if (!known.newest) return;
  if (there != bucket_.objects.end() && there->second != bytes) {
    for (const CheckpointRef& ref : known.newest->checkpoints) {
      if (rotted_.contains(id_of(ref))) continue;  // A write that came late has mended it.
      const auto content = contents_.find(id_of(ref));
      if (content != contents_.end() && content->second.keys.contains(key)) {
        world_.violate("G10: " + key + " of a kept checkpoint is overwritten");
      }
    }
  }
  if (key.starts_with(layout.output(""))) {
    check_result(job, key.substr(layout.output("").size()), bytes);
  }
}

// A record is overwritten by nothing but a word that its job was forgotten, once it was.
void Checker::check_stub(const std::string& job, const std::string& key, const std::string& bytes) {
  const auto& newest = jobs_.at(job).newest;
  const Record stub = record_from_json(bytes);
  const bool says_so = newest && is_forgotten(*newest) && is_forgotten(stub) &&
                       StoreLayout(*JobId::parse(job)).record(stub.number) == key &&
                       stub.number < newest->number;
  if (!says_so) world_.violate("the log record " + key + " is overwritten");
}

// G2 and the order of finishing: nothing is published before the log says completed. One of a
// former epoch may come late, as long as nobody was told that the newest is there.
void Checker::check_result(const std::string& job, const std::string& path,
                           const std::string& bytes) {
  const Known& known = jobs_.at(job);
  const std::uint64_t newest = known.newest->epoch.number;
  // A publisher goes on until it finds nothing to copy: looked at in the end.
  if (is_forgotten(*known.newest) || known.result_gone) return;
  for (std::uint64_t epoch = newest; epoch > 0; --epoch) {
    const Files files = result_of(programs_.at(job), epoch);
    const auto file = files.find(path);
    if (file == files.end() || file->second != bytes) continue;
    if (epoch == newest && known.newest->state != JobState::completed) continue;
    if (epoch < known.settled_epoch) {
      world_.violate("G2: the result of " + job + " of epoch " + std::to_string(epoch) +
                     " is written over that of epoch " + std::to_string(known.settled_epoch));
    }
    return;
  }
  world_.violate("G2: " + job + " is given the result " + path + ", which is none of it: " + bytes);
}

void Checker::check_published(const std::string& job, const std::string& promise) {
  if (jobs_.at(job).result_gone) return;
  const Files files = result_of(programs_.at(job), jobs_.at(job).newest->epoch.number);
  const std::string root = StoreLayout(*JobId::parse(job)).output("");
  for (const auto& [path, bytes] : files) {
    const auto object = bucket_.objects.find(root + path);
    // Who cleans up a job that is run again meanwhile may hit what has the same name now. `fetch`
    // takes the copy then.
    const bool hit = object == bucket_.objects.end() && cleaned_.contains(root + path);
    if (hit && has_copy(job, path, bytes)) continue;
    if (object == bucket_.objects.end()) {
      world_.violate(promise + ", and " + path + " is not there");
    } else if (object->second != bytes) {
      world_.violate(promise + ", and " + path + " is " + object->second);
    }
  }
  for (const auto& [key, bytes] : bucket_.objects) {
    if (!key.starts_with(root) || files.contains(key.substr(root.size()))) continue;
    world_.violate(promise + ", and " + key + " of a former one is still there");
  }
}

bool Checker::has_copy(const std::string& job, const std::string& path, const std::string& bytes) {
  const StoreLayout layout(*JobId::parse(job));
  const std::uint64_t first = jobs_.at(job).first_attempts.back();
  for (std::uint64_t number = first; number <= jobs_.at(job).newest->attempt.value; ++number) {
    const auto copy = bucket_.objects.find(layout.attempt_output({number}, path));
    if (copy != bucket_.objects.end() && copy->second == bytes) return true;
  }
  return false;
}

// The result that stands goes only when a newer one takes its place.
void Checker::check_removed_result(const std::string& job, const std::string& key) {
  const StoreLayout layout(*JobId::parse(job));
  const auto former = jobs_.at(job).newest->epoch.former_result;
  const bool replaced = jobs_.at(job).newest->state == JobState::completed;
  if (is_forgotten(*jobs_.at(job).newest) || jobs_.at(job).result_gone) return;
  if (replaced) {
    if (key.starts_with(layout.output(""))) world_.mark("result of a former epoch is replaced");
    return;
  }
  if (!former) return;
  const Files stands = result_of(programs_.at(job), epoch_of(job, former->attempt.value));
  const std::string root = layout.output("");
  const std::string copies = layout.attempt_output(former->attempt, "");
  const bool is_copy = key.starts_with(copies);
  // Of two that are the same one may go.
  if (is_copy) {
    const auto shown = bucket_.objects.find(root + key.substr(copies.size()));
    const auto copy = bucket_.objects.find(key);
    if (shown != bucket_.objects.end() && shown->second == copy->second) return;
  }
  if (is_copy || (key.starts_with(root) && stands.contains(key.substr(root.size())))) {
    world_.violate("G2: " + key + " is removed, and no newer result of " + job + " is there");
  }
}

// A key is written at most once by an attempt, so that a removal that comes late hits nothing.
void Checker::on_write_sent(const std::string& key) {
  const std::string job = job_of(key);
  if (job.empty() || !removals_sent_.contains(key)) return;
  const StoreLayout layout(*JobId::parse(job));
  const auto& newest = jobs_.at(job).newest;
  for (const std::string& prefix : {layout.chunks_prefix(), layout.manifests_prefix()}) {
    if (!newest || !key.starts_with(prefix)) continue;
    if (StoreLayout::attempt_of(key, prefix) != newest->attempt) continue;
    world_.violate("G10: " + key + " is written again after it was removed");
  }
}

void Checker::on_remove(const std::string& key) {
  if (key.starts_with(fleet_.index_prefix())) return on_index_remove(key);
  const std::string job = job_of(key);
  if (job.empty()) return;
  if (key.starts_with(StoreLayout(*JobId::parse(job)).log_prefix())) {
    world_.violate("a log record is removed: " + key);
  }
  const Known& known = jobs_.at(job);
  if (!known.newest || !bucket_.objects.contains(key)) return;
  check_removed_result(job, key);
  for (const CheckpointRef& ref : known.newest->checkpoints) {
    if (content_of(job, ref).keys.contains(key)) {
      world_.violate("G10: " + key + " of a kept checkpoint is removed");
    }
  }
}

const Checker::Content& Checker::content_of(const std::string& job, const CheckpointRef& ref) {
  const auto [found, fresh] = contents_.try_emplace(id_of(ref));
  Content& content = found->second;
  if (!fresh) return content;
  BucketStore store(bucket_, "checker");
  const NoClock clock;
  try {
    Restorer restorer(store, clock, StoreLayout(*JobId::parse(job)));
    static_cast<void>(restorer.restore({ref}, directory_, {}));
    Files files = files_below(directory_);
    // The results so far are kept beside what the program keeps itself.
    std::erase_if(files, [](const auto& file) {
      return file.first.starts_with(std::string(kOutputInSnapshot) + "/");
    });
    content.step = step_in(files);
    content.keys = store.read();
    if (files != files_at(programs_.at(job), content.step)) {
      world_.violate("G11: a checkpoint of " + job + " at step " + std::to_string(content.step) +
                     " is not what its program had written");
    }
  } catch (const Error& error) {
    world_.violate("G10: a kept checkpoint of " + job + " cannot be read: " + error.what());
  }
  return content;
}

// Once in a job's life its newest checkpoint rots, while an older one stands.
void Checker::maybe_rot(const std::string& job) {
  if (jobs_.at(job).rotted || !network_.faulty() || !world_.chance(faults_.rots)) return;
  jobs_.at(job).rotted = true;
  world_.at(world_.now() + world_.between(0s, 60s), [this, job] {
    const auto& newest = jobs_.at(job).newest;
    if (newest->checkpoints.size() < 2) return;
    const CheckpointRef& ref = newest->checkpoints.front();
    const auto object = bucket_.objects.find(
        StoreLayout(*JobId::parse(job)).manifest(ref.attempt, ref.generation, ref.manifest_digest));
    if (object == bucket_.objects.end() || object->second.empty()) return;
    world_.mark("checkpoint rots");
    world_.note("a checkpoint of " + job + " rots");
    object->second[world_.random().below(object->second.size())] ^= 1;
    rotted_.insert(id_of(ref));
  });
}

// --- Tasks ---

std::uint64_t Checker::committed(const std::string& job) {
  const auto& newest = jobs_.at(job).newest;
  if (!newest || newest->checkpoints.empty()) return 0;
  return content_of(job, resume_order(*newest).front()).step;
}

void Checker::task_started(const std::string& worker, const std::string& job, std::uint64_t attempt,
                           std::uint64_t step) {
  runs_[worker] = {job, attempt, step, step, false, world_.now(), {}};
  jobs_.at(job).truths[attempt].started = world_.now();
  const Record& newest = *jobs_.at(job).newest;
  // Superseded while it restored; it is harmless.
  if (newest.attempt.value != attempt || is_forgotten(newest)) return;
  if (!may_start_at(job, step)) {
    world_.violate("G3: " + job + " starts at step " + std::to_string(step) + ", but step " +
                   std::to_string(committed(job)) + " is committed");
  }
}

// From the newest checkpoint. After two attempts that failed, from the one before that from which
// the last one had gone on; only after three from any.
bool Checker::may_start_at(const std::string& job, std::uint64_t step) {
  const Known& known = jobs_.at(job);
  if (known.newest->checkpoints.empty()) return step == 0;
  bool newest = true;
  bool directly_before = true;
  for (const CheckpointRef& ref : known.newest->checkpoints) {
    const std::uint64_t kept = content_of(job, ref).step;
    if (kept == step) {
      if (!newest) world_.mark("step back is looked at");
      return newest || known.failures_ever >= (directly_before ? 2u : 3u);
    }
    if (rotted_.contains(id_of(ref))) continue;
    newest = false;
    if (kept < known.last_failed_from) directly_before = false;
  }
  return false;
}

void Checker::task_stepped(const std::string& worker, const std::string&, std::uint64_t step,
                           bool consistent) {
  Run& run = runs_.at(worker);
  run.step = step;
  if (consistent) run.done.emplace_back(world_.now(), step);
  check_lag(run, worker);
}

// Committed is never further than two intervals behind done.
void Checker::check_lag(const Run& run, const std::string& worker) {
  constexpr Duration kTransferTime = 15s;
  const TimePoint then = world_.now() - 2 * world_time(kCheckpointEvery) - kTransferTime;
  const Record& newest = *jobs_.at(run.job).newest;
  const bool owns = newest.state == JobState::running && newest.attempt.value == run.attempt;
  if (!owns || run.since > then || drained(worker) || !network_.untroubled_since(worker, then)) {
    return;
  }
  std::uint64_t due = 0;
  for (const auto& [at, step] : run.done) {
    if (at <= then) due = step;
  }
  if (due == 0) return;
  world_.mark("lag of a task that runs well is looked at");
  if (committed(run.job) < due) {
    world_.violate("G3: " + run.job + " had done step " + std::to_string(due) +
                   " two intervals ago, and step " + std::to_string(committed(run.job)) +
                   " is committed");
  }
}

void Checker::task_hangs(const std::string& worker, const std::string&) {
  runs_.at(worker).hangs = true;
}

void Checker::task_ended(const std::string& worker, const std::string& job,
                         const TaskEnded& ended) {
  const Run& run = runs_.at(worker);
  jobs_.at(job).truths[run.attempt].ended = world_.now();
  jobs_.at(job).ended[run.attempt] = {ended, run.hangs, run.from, run.step, world_.now()};
  put_to_rest(worker);
}

void Checker::put_to_rest(const std::string& worker) {
  const auto run = runs_.find(worker);
  if (run == runs_.end()) return;
  jobs_.at(run->second.job).ran += world_.now() - run->second.since;
  runs_.erase(run);
}

void Checker::worker_gone(const std::string& worker) {
  gone_.emplace(worker, world_.now());
  put_to_rest(worker);
}

void Checker::task_killed(const std::string& worker, const std::string& job) {
  const Record& newest = *jobs_.at(job).newest;
  if (newest.worker == worker && newest.state == JobState::running) {
    world_.violate("G6: " + worker + " kills " + job + ", which it still owns");
  }
}

// --- Messages ---

void Checker::on_settled(const SimBroker::Queued& message) {
  const auto parsed = parse_job(message.body);
  const std::string job = std::get<Job>(parsed).id.text();
  const auto& newest = jobs_.at(job).newest;
  // Renewed, or one of two: another message brings the job to its end.
  if (broker_.copies(message.body) > 0) {
    if (broker_.copies(message.body) > 1) jobs_.at(job).one_message = false;
    return;
  }
  if (!newest) {
    world_.violate("G1: the message of " + job + " is acknowledged before anybody claimed it");
    return;
  }
  if (newest->state == JobState::cancelled || at_work_.contains(job)) return;
  if (newest->state == JobState::dead) {
    if (!broker_.is_dead(message.body)) {
      world_.violate("G1: the last message of " + job + ", dead, is acknowledged without a letter");
    }
    return;
  }
  if (newest->state != JobState::completed) {
    world_.violate("G1: the last message of " + job + " is acknowledged while the job is " +
                   std::string(to_text(newest->state)));
    return;
  }
  check_published(job, "G7: the message of " + job + " is acknowledged");
  jobs_.at(job).settled_epoch = newest->epoch.number;
}

std::uint64_t Checker::epoch_of(const std::string& job, std::uint64_t attempt) const {
  const auto& first = jobs_.at(job).first_attempts;
  return static_cast<std::uint64_t>(std::upper_bound(first.begin(), first.end(), attempt) -
                                    first.begin());
}

// --- The end ---

const Record* Checker::newest(const std::string& job) const {
  const auto& newest = jobs_.at(job).newest;
  return newest ? &*newest : nullptr;
}

bool Checker::all_ended() const {
  for (const auto& [job, known] : jobs_) {
    if (!known.newest) return false;
    const JobState state = known.newest->state;
    const bool rests = state == JobState::dead && !programs_.at(job).can_succeed();
    if (!rests && state != JobState::completed && state != JobState::cancelled) return false;
  }
  return true;
}

void Checker::check_forgotten() {
  BucketStore store(bucket_, "checker");
  const NoClock clock;
  for (const auto& [job, known] : jobs_) {
    if (!known.newest || !is_forgotten(*known.newest) || !known.taken_away) continue;
    world_.mark("what is left of a forgotten job is looked at");
    const JobId id = *JobId::parse(job);
    const StoreLayout layout(id);
    // What was on its way for too long from somebody who is gone, the same command takes away.
    if (!faults_.calm) static_cast<void>(remove_remains(store, clock, id, *known.newest, {}));
    if (!known.was_dead && broker_.is_dead(known.body)) {
      world_.violate("forget: " + job + " is forgotten, and has a dead letter");
    }
    std::uint64_t records = 0;
    for (const auto& [key, bytes] : bucket_.objects) {
      if (job_of(key) != job) continue;
      if (!key.starts_with(layout.log_prefix())) {
        world_.violate("forget: " + key + " is still there");
        continue;
      }
      records += 1;
      const Record record = record_from_json(bytes);
      if (!is_forgotten(record)) world_.violate("forget: " + key + " still says what happened");
      if (layout.record(record.number) != key) world_.violate("forget: " + key + " is of another");
    }
    if (records != known.newest->number) {
      world_.violate("forget: numbers of the log of " + job + " are free");
    }
  }
}

void Checker::at_the_end() {
  for (const auto& [job, known] : jobs_) {
    if (known.newest->state == JobState::dead) continue;
    if (known.newest->state == JobState::completed) {
      check_published(job, "G1: " + job + " is completed in the end");
    }
    const auto result = bucket_.objects.lower_bound(StoreLayout(*JobId::parse(job)).output(""));
    const bool has_one = result != bucket_.objects.end() && job_of(result->first) == job;
    if (is_forgotten(*known.newest)) continue;
    const bool cancelled = known.newest->state == JobState::cancelled;
    if (cancelled && has_one && known.newest->epoch.number == 1) {
      world_.violate(job + " is cancelled and has a result");
    }
    for (const CheckpointRef& ref : known.newest->checkpoints) {
      if (!rotted_.contains(id_of(ref))) {
        contents_.erase(id_of(ref));
        static_cast<void>(content_of(job, ref));
      }
    }
  }
}

}  // namespace holdfast::sim
