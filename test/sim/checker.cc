#include "checker.h"

#include "base/digest.h"
#include "core/checkpoint.h"
#include "core/job.h"
#include "core/step_back.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "sim_runner.h"

namespace holdfast::sim {

Checker::Checker(World& world, const Faults& faults, Bucket& bucket, SimBroker& broker)
    : world_(world), faults_(faults), bucket_(bucket), broker_(broker) {
  bucket.on_write = [this](const std::string& key, const std::string& bytes) {
    on_write(key, bytes);
  };
  bucket.on_remove = [this](const std::string& key) { on_remove(key); };
  broker.on_complete = [this](const SimBroker::Queued& message) { on_settled(message); };
}

void Checker::on_write(const std::string& key, const std::string& bytes) {
  if (key.starts_with(kWorkersFolder)) return;
  const std::string job = key.substr(0, key.find('/'));
  const StoreLayout layout(*JobId::parse(job));
  if (key.starts_with(layout.log_prefix())) {
    if (bucket_.objects.contains(key)) world_.violate("the log record " + key + " is overwritten");
    on_record(job, record_from_json(bytes));
  }
  if (key == layout.output("result.txt")) {
    // G2 and the order of finishing: nothing is published before the log says completed.
    if (!newest_.contains(job) || newest_.at(job).state != JobState::completed) {
      world_.violate("G2: the result of " + job + " is published before it is completed");
    }
    if (bytes != expected_result(steps_.at(job))) {
      world_.violate("G2: the result of " + job + " is " + bytes);
    }
  }
}

void Checker::on_record(const std::string& job, const Record& record) {
  world_.note("log of " + job + ": " + std::to_string(record.number) + " " +
              std::string(to_text(record.kind)) + " attempt " +
              std::to_string(record.attempt.value) + " generation " +
              std::to_string(record.generation.value) + " by " + record.worker);
  const auto fail = [&](const std::string& what) {
    world_.violate("log of " + job + ", record " + std::to_string(record.number) + ": " + what);
  };
  const auto found = newest_.find(job);
  if (found == newest_.end()) {
    const bool by_person = record.kind == RecordKind::cancelled;
    if (record.number != 1 || !(by_person || record.kind == RecordKind::claimed)) {
      fail("a log begins with a claim");
    }
    if (record.attempt.value != (by_person ? 0 : 1)) fail("the first attempt is number 1");
  } else {
    const Record& before = found->second;
    if (record.number != before.number + 1) fail("records follow one another");
    const bool redriven = record.kind == RecordKind::redriven && before.state == JobState::dead;
    if (is_end(before.state) && !redriven) fail("G2: something follows an end");
    if (record.generation < before.generation) fail("G3: the generation goes down");
    if (record.kind == RecordKind::claimed) {
      if (record.attempt.value != before.attempt.value + 1) fail("a claim takes the next number");
      if (!attempt_ids_.insert(record.attempt_id).second) fail("one claim, two attempts");
    } else {
      // G4: whatever an attempt writes, it writes as the newest one.
      if (record.attempt != before.attempt || record.attempt_id != before.attempt_id) {
        fail("G4: an attempt that does not own the job writes");
      }
      const bool by_person = redriven || record.kind == RecordKind::cancelled;
      if (before.state != JobState::running && !by_person) fail("only a running job goes on");
    }
    if (record.kind == RecordKind::checkpointed) {
      if (record.generation.value != before.generation.value + 1) fail("generations follow");
      const std::uint64_t step = step_of(job, record.checkpoints.front());
      // An attempt that stepped back goes on from an older one.
      const std::vector<CheckpointRef> order = resume_order(before);
      if (!order.empty() && step < step_of(job, order.front())) {
        fail("G3: the committed progress goes back");
      }
    }
    const bool refused = !record.endings.empty() && record.endings.back().ending == Ending::refused;
    if (record.kind == RecordKind::dead && !refused) fail("G5: a healthy job is set aside");
    if (redriven) redriven_.insert(job);
  }
  if (record.kind == RecordKind::claimed) on_claim(job, record);
  if (record.kind == RecordKind::completed) {
    const StoreLayout layout(*JobId::parse(job));
    const auto list = bucket_.objects.find(layout.attempt_outputs_manifest(record.attempt));
    const auto result = bucket_.objects.find(layout.attempt_output(record.attempt, "result.txt"));
    if (list == bucket_.objects.end() || sha256(list->second).hex() != record.outputs_digest ||
        result == bucket_.objects.end()) {
      fail("G7: completed before the result is stored");
    }
  }
  newest_[job] = record;
}

void Checker::on_claim(const std::string& job, const Record& record) {
  const std::uint64_t returns = broker_.returns_of(record.message_id, record.worker);
  if (faults_.delivery_limit && returns > 0 && returns + 1 >= *faults_.delivery_limit) {
    world_.violate("G5: " + record.message_id + ", one return short of the limit, is not renewed");
  }
  // Nobody dies and every store answers: then also a broker that restarts costs no attempt.
  if (faults_.calm && record.attempt.value > 1 && !redriven_.contains(job)) {
    world_.violate("G6: a new attempt takes " + job + " from an owner that lives");
  }
}

std::uint64_t Checker::step_of(const std::string& job, const CheckpointRef& ref) {
  const StoreLayout layout(*JobId::parse(job));
  const std::string key = layout.manifest(ref.attempt, ref.generation, ref.manifest_digest);
  const auto found = bucket_.objects.find(key);
  if (found == bucket_.objects.end() || sha256(found->second).hex() != ref.manifest_digest) {
    world_.violate("G10: the manifest " + key + " of a kept checkpoint is not there");
    return 0;
  }
  const Manifest manifest = manifest_from_json(found->second);
  for (const Entry& entry : manifest.entries) {
    if (entry.path != "state") continue;
    const Piece& piece = entry.pieces.at(0);
    const Chunk& chunk = manifest.chunks.at(piece.chunk);
    const auto bytes = bucket_.objects.find(layout.chunk(chunk.attempt, chunk.name));
    if (bytes == bucket_.objects.end() || sha256(bytes->second).hex() != chunk.digest) {
      world_.violate("G10: a chunk of " + key + " is not there");
      return 0;
    }
    return std::stoull(bytes->second.substr(piece.offset, piece.size_bytes));
  }
  return 0;  // Taken before the first step.
}

void Checker::on_remove(const std::string& key) {
  if (key.starts_with(kWorkersFolder)) return;
  const std::string job = key.substr(0, key.find('/'));
  if (key.find("/log/") != std::string::npos) world_.violate("a log record is removed: " + key);
  // Look at every kept checkpoint once the object is gone.
  world_.at(world_.now(), [this, job] {
    for (const CheckpointRef& ref : newest_.at(job).checkpoints) step_of(job, ref);
  });
}

void Checker::task_started(const std::string& job, std::uint64_t attempt, std::uint64_t step) {
  const Record& newest = newest_.at(job);
  if (newest.attempt.value != attempt) return;  // Superseded while it restored; it is harmless.
  const std::vector<CheckpointRef> order = resume_order(newest);
  const std::uint64_t committed = order.empty() ? 0 : step_of(job, order.front());
  if (step != committed) {
    world_.violate("G3: " + job + " starts at step " + std::to_string(step) + ", but step " +
                   std::to_string(committed) + " is committed");
  }
}

void Checker::killed_as_superseded(const std::string& worker, const std::string& job) {
  const Record& newest = newest_.at(job);
  if (newest.worker == worker && newest.state == JobState::running) {
    world_.violate("G6: " + worker + " kills " + job + ", which it still owns");
  }
}

void Checker::on_settled(const SimBroker::Queued& message) {
  const auto parsed = parse_job(message.body);
  const std::string job = std::get<Job>(parsed).id.text();
  const auto newest = newest_.find(job);
  if (newest == newest_.end() && broker_.copies(message.body) > 0) return;
  if (newest == newest_.end()) {
    world_.violate("G1: the message of " + job + " is acknowledged before anybody claimed it");
    return;
  }
  if (newest->second.state == JobState::cancelled) return;
  // Renewed, or one of two: another message brings the job to its end.
  if (broker_.copies(message.body) > 0) return;
  if (newest->second.state == JobState::dead) {
    if (!broker_.is_dead(message.body)) {
      world_.violate("G1: the last message of " + job + ", dead, is acknowledged without a letter");
    }
    return;
  }
  if (newest->second.state != JobState::completed) {
    world_.violate("G1: the last message of " + job + " is acknowledged while the job is " +
                   std::string(to_text(newest->second.state)));
    return;
  }
  if (!bucket_.objects.contains(StoreLayout(*JobId::parse(job)).output("result.txt"))) {
    world_.violate("G7: the message of " + job + " is acknowledged before its result is there");
  }
}

const Record* Checker::newest(const std::string& job) const {
  const auto found = newest_.find(job);
  return found == newest_.end() ? nullptr : &found->second;
}

bool Checker::all_ended() const {
  for (const auto& [job, steps] : steps_) {
    const Record* record = newest(job);
    const bool ended = record != nullptr && (record->state == JobState::completed ||
                                             record->state == JobState::cancelled);
    if (!ended) return false;
  }
  return true;
}

void Checker::at_the_end() {
  for (const auto& [job, steps] : steps_) {
    const auto result = bucket_.objects.find(StoreLayout(*JobId::parse(job)).output("result.txt"));
    if (newest_.at(job).state == JobState::cancelled) {
      if (result != bucket_.objects.end()) {
        world_.violate(job + " is cancelled and has a result");
      }
    } else if (result == bucket_.objects.end()) {
      world_.violate("G1: " + job + " has no result in the end");
    } else if (result->second != expected_result(steps)) {
      world_.violate("G2: the result of " + job + " is " + result->second);
    }
  }
}

}  // namespace holdfast::sim
