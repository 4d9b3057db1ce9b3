// Holds the guarantees over every write and every task of a simulated run. It knows the legal
// histories of a job in the plainest way there is, and nothing of how the product makes them. What
// is promised only while the store answers is checked of workers that had no trouble lately.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "accountant.h"
#include "bucket.h"
#include "core/fleet_layout.h"
#include "core/record.h"
#include "sim_broker.h"
#include "sim_runner.h"
#include "world.h"

namespace holdfast::sim {

class Checker final : public TaskWatcher {
 public:
  // Watches every write and removal of `bucket` and every acknowledgement of `broker`.
  // `directory` is for looking into checkpoints.
  Checker(World& world, const Faults& faults, Network& network, Bucket& bucket, SimBroker& broker,
          const std::map<std::string, Program>& programs, std::filesystem::path directory,
          Accountant& accountant);

  // Whether a worker's process is there, and not told to end.
  std::function<bool(const std::string& worker)> lives;
  std::function<bool(const std::string& worker)> drained;
  // How much faster its clock is than the world's.
  std::function<double(const std::string& worker)> rate_of;
  // An owner is asked whether it lives.
  std::function<void()> on_asked;

  void add_job(const std::string& job, const std::string& body, bool twice);
  // The worker's process is gone.
  void worker_gone(const std::string& worker);

  void task_started(const std::string& worker, const std::string& job, std::uint64_t attempt,
                    std::uint64_t step) override;
  void task_stepped(const std::string& worker, const std::string& job, std::uint64_t step,
                    bool consistent) override;
  void task_hangs(const std::string& worker, const std::string& job) override;
  void task_ended(const std::string& worker, const std::string& job,
                  const TaskEnded& ended) override;
  void task_killed(const std::string& worker, const std::string& job) override;
  void task_stands_still(const std::string& worker, Duration length) override;
  void worker_vanished(const std::string& worker) override;

  std::uint64_t epoch_of(const std::string& job, std::uint64_t attempt) const override;

  // A person lets the job run again, and has not written all that this takes.
  void person_begins(const std::string& job) { at_work_.insert(job); }
  void person_is_done(const std::string& job) { at_work_.erase(job); }

  // A person who cleans up sends the removal of a result.
  void cleans(const std::string& key) { cleaned_.insert(key); }

  // A person has taken away all that was left of a job, and nothing of it runs.
  void person_has_forgotten(const std::string& job) { jobs_.at(job).taken_away = true; }

  // The name under which a person cleans up.
  static constexpr const char* kCleaner = "carl";

  // As of the log; nullptr if nobody has claimed the job.
  const Record* newest(const std::string& job) const;

  // Nothing is to come any more.
  bool all_ended() const;
  // What must hold when nothing happens any more.
  void at_the_end();
  // What must hold of jobs that were forgotten, once nobody is late any more.
  void check_forgotten();
  // What must hold of the job index at any time: who lives has written what it had to say.
  void look_at_index();
  // What must hold of it when nothing happens any more.
  void check_index();

 private:
  // How the program of one attempt ended.
  struct Ended : TaskEnded {
    bool hung = false;
    std::uint64_t from = 0;  // The step at which it had begun,
    std::uint64_t step = 0;  // and to which it came.
    TimePoint at{};
  };
  // A task that runs.
  struct Run {
    std::string job;
    std::uint64_t attempt = 0;
    std::uint64_t from = 0;
    std::uint64_t step = 0;
    bool hangs = false;
    TimePoint since{};
    // When it had done which step, where a checkpoint may show it.
    std::vector<std::pair<TimePoint, std::uint64_t>> done;
  };
  // What is known of a job.
  struct Known {
    std::string body;
    bool one_message = true;  // There was never more than one.
    std::optional<Record> newest;
    TimePoint newest_at{};
    TimePoint claimed_at{};
    std::map<std::string, TimePoint> asked_at;  // By who asks, since the last sign of life.
    std::map<std::uint64_t, Ended> ended;       // By attempt.
    std::map<std::uint64_t, AttemptTruth> truths;
    std::uint64_t committed_step = 0;  // The highest that a checkpoint ever showed.
    std::uint64_t failed_at = 0;       // The furthest step at which an attempt failed.
    std::uint32_t failures = 0;        // Since that rose.
    std::uint32_t attempts = 0;
    std::uint32_t failures_ever = 0;  // Since a person brought it back.
    std::uint64_t last_failed_from = 0;
    // The steps from which attempts went on that failed, since the newest checkpoint.
    std::vector<std::uint64_t> failed_from;
    Duration ran{0};  // All its tasks together.
    bool rotted = false;
    std::vector<std::uint64_t> first_attempts = {1};  // Of each epoch.
    bool was_dead = false;
    bool result_gone = false;         // A person has removed the one that stands.
    bool taken_away = false;          // A person who forgot it has seen to the end.
    std::uint64_t settled_epoch = 0;  // The newest whose result is published for good.
    // What the job index may say of it, by the record's number.
    std::map<std::uint64_t, std::string> entries;
    // Who wrote the newest record that says something new, and when.
    std::string noted_by;
    TimePoint noted_at{};
  };
  // What a checkpoint shows, and the objects that it needs.
  struct Content {
    std::uint64_t step = 0;
    std::set<std::string> keys;
  };

  void on_write(const std::string& key, const std::string& bytes, const std::string& writer);
  void on_write_sent(const std::string& key);
  void on_remove(const std::string& key);
  void on_settled(const SimBroker::Queued& message);

  void check_stub(const std::string& job, const std::string& key, const std::string& bytes);
  void check_result(const std::string& job, const std::string& path, const std::string& bytes);
  // The result stands where a person looks for it, and nothing of a former one beside it.
  void check_published(const std::string& job, const std::string& promise);
  bool has_copy(const std::string& job, const std::string& path, const std::string& bytes);
  void check_removed_result(const std::string& job, const std::string& key);
  void on_collected(const std::string& job, const Record& record);
  void check_forgetting(const std::string& job, const Record& record);
  void begin_epoch(const std::string& job, const Record& record);
  void on_index_write(const std::string& key, const std::string& bytes);
  void on_index_remove(const std::string& key);
  void check_index_equals_logs(const std::string& when,
                               const std::function<bool(const Known&)>& chosen);

  void on_record(const std::string& job, const Record& record, const std::string& writer);
  void check_history(const std::string& job, const Record& record);
  void check_checkpoint(const std::string& job, const Record& record);
  void check_completed(const std::string& job, const Record& record);
  void check_claim(const std::string& job, const Record& record);
  void check_ending(const std::string& job, const Record& record);
  void check_last_checkpoint(const std::string& job, const Record& record);
  void check_lost(const std::string& job, const std::string& writer);
  void check_dead(const std::string& job, const Record& record);
  void check_step_back(const std::string& job, const Record& record);
  void note_durable(const std::string& job, const Record& record);
  void check_account(const std::string& job, const Record& record);
  bool asks_for_later(const std::string& job, AttemptNumber attempt) const;
  bool may_start_at(const std::string& job, std::uint64_t step);
  void count(Known& known, const Record& record);
  void check_lag(const Run& run, const std::string& worker);
  void maybe_rot(const std::string& job);

  void fail(const std::string& job, const Record& record, const std::string& what);
  void put_to_rest(const std::string& worker);
  // Two may have the same content, hence the same digest.
  using CheckpointId = std::tuple<Generation, AttemptNumber, std::string>;
  static CheckpointId id_of(const CheckpointRef& ref) {
    return {ref.generation, ref.attempt, ref.manifest_digest};
  }
  // What a committed checkpoint holds, read once, through the product's own restorer.
  const Content& content_of(const std::string& job, const CheckpointRef& ref);
  std::uint64_t committed(const std::string& job);

  World& world_;
  const Faults& faults_;
  Network& network_;
  Bucket& bucket_;
  const SimBroker& broker_;
  const std::map<std::string, Program>& programs_;
  const std::filesystem::path directory_;
  const FleetLayout fleet_{kQueue};
  Accountant& accountant_;

  std::map<std::string, Known> jobs_;
  std::map<std::string, Run> runs_;  // By worker.
  std::map<std::string, TimePoint> gone_;
  std::map<CheckpointId, Content> contents_;
  std::set<CheckpointId> rotted_;
  std::set<std::string> removals_sent_;
  std::set<std::string> cleaned_;  // Results that a person has sent the removal of.
  std::set<std::string> attempt_ids_;
  std::set<std::string> redriven_;
  std::set<std::string> at_work_;  // Jobs.
};

}  // namespace holdfast::sim
