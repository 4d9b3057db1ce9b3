// Holds the guarantees over every write of a simulated run. It knows the legal histories of a job
// in the plainest way there is, and nothing of how the product makes them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/record.h"
#include "sim_broker.h"
#include "sim_store.h"
#include "world.h"

namespace holdfast::sim {

class Checker {
 public:
  // Watches every write and removal of `bucket` and every acknowledgement of `broker`.
  Checker(World& world, const Faults& faults, Bucket& bucket, SimBroker& broker);

  void add_job(const std::string& job, std::uint64_t steps) { steps_[job] = steps; }

  // G3: a task starts from the newest committed checkpoint.
  void task_started(const std::string& job, std::uint64_t attempt, std::uint64_t step);
  // A worker that stops a task as superseded must be right.
  void killed_as_superseded(const std::string& worker, const std::string& job);

  // As of the log; nullopt if nobody has claimed the job.
  const Record* newest(const std::string& job) const;

  // Completed or cancelled: nothing is to come any more.
  bool all_ended() const;
  // What must hold when nothing happens any more.
  void at_the_end();

 private:
  void on_write(const std::string& key, const std::string& bytes);
  void on_remove(const std::string& key);
  void on_record(const std::string& job, const Record& record);
  void on_claim(const std::string& job, const Record& record);
  void on_settled(const SimBroker::Queued& message);
  // The step that a checkpoint holds, read as a stranger would.
  std::uint64_t step_of(const std::string& job, const CheckpointRef& ref);

  World& world_;
  const Faults& faults_;
  Bucket& bucket_;
  const SimBroker& broker_;
  std::map<std::string, std::uint64_t> steps_;
  std::map<std::string, Record> newest_;
  std::set<std::string> attempt_ids_;
  std::set<std::string> redriven_;
};

}  // namespace holdfast::sim
