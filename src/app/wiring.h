// Builds what a command needs from its settings: the only place that knows which adapter stands
// behind which port. What is built borrows the clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/fleet_config.h"
#include "base/locked.h"
#include "core/store_traffic.h"
#include "inputs/input_fetcher.h"
#include "ports/clock.h"
#include "ports/dead_letters.h"
#include "ports/examination.h"
#include "ports/fleet.h"
#include "ports/ledger.h"
#include "ports/node.h"
#include "ports/queue.h"
#include "ports/runner.h"
#include "ports/store.h"
#include "worker/worker.h"

namespace holdfast {

class FleetLayout;
class IndexThread;
class LayoutStore;

// `name` is what the broker shows of us.
std::unique_ptr<Publisher> make_publisher(const QueueConfig& queue, const std::string& name,
                                          Clock& clock);
// What a worker has: one connection for both.
struct WorkerQueue {
  std::unique_ptr<Consumer> consumer;
  std::unique_ptr<Publisher> publisher;
};
WorkerQueue make_worker_queue(const QueueConfig& queue, const std::string& name, Clock& clock);
std::unique_ptr<DeadLetters> make_dead_letters(const QueueConfig& queue, Clock& clock);
// The jobs of groups that were stopped.
std::unique_ptr<DeadLetters> make_held_jobs(const QueueConfig& queue, Clock& clock);
std::unique_ptr<QueueAdmin> make_admin(const QueueConfig& queue, Clock& clock);

// What a broker and its queues are like; no step of finding out takes longer than `step`.
BrokerFacts examine_broker(const BrokerConfig& broker, const Clock& clock, Duration step);

std::unique_ptr<Fleet> make_fleet(const FleetConfig& fleet, Clock& clock);

// A store with what stands before it.
class StoreStack {
 public:
  StoreStack(const StoreConfig& config, Clock& clock);
  // Every log record that passes is told to the index of this queue's jobs.
  StoreStack(const StoreConfig& config, Clock& clock, const FleetLayout& index);
  // For who tries things out: what is large begins as early as the store allows, so that a small
  // object goes up in parts.
  static StoreStack in_small_parts(const StoreConfig& config, Clock& clock);

  StoreStack(const StoreStack&) = delete;
  StoreStack& operator=(const StoreStack&) = delete;
  ~StoreStack();

  Store& store() { return *outer_; }
  // Whether the store was empty when a version that keeps a job index first wrote into it: every
  // job in it is in the index of its queue. Throws Error.
  bool began_with_an_index(TimePoint deadline);
  // What goes through it. Any thread.
  const StoreTraffic& traffic() const noexcept { return traffic_; }

 private:
  StoreStack(const StoreConfig& config, Clock& clock, bool small_parts);

  StoreTraffic traffic_;
  std::unique_ptr<Store> inner_;
  std::unique_ptr<Store> counted_;
  std::unique_ptr<Store> retrying_;
  std::unique_ptr<Store> unfenced_;
  std::unique_ptr<LayoutStore> layout_;
  std::unique_ptr<IndexThread> index_;
  std::unique_ptr<Store> indexed_;
  Store* outer_ = nullptr;  // The outermost of them.
};

// Whole buckets of the server that the store is in, each made when it is first asked for. Any
// thread.
class Buckets {
 public:
  // Borrows the clock.
  Buckets(const StoreConfig& config, Clock& clock);
  ~Buckets();
  Buckets(const Buckets&) = delete;
  Buckets& operator=(const Buckets&) = delete;

  // nullptr if the store is none.
  const Bucket* bucket(const std::string& name);

 private:
  struct Stack;

  const StoreConfig config_;
  Clock& clock_;
  Locked<std::map<std::string, std::unique_ptr<Stack>>> stacks_;
};

// nullptr: no cloud is known that could be spoken to.
std::unique_ptr<Node> make_node(const FrontConfig& config, Clock& clock);

// `line` is given what tasks print, line by line (adapters/local/running_task.h); none: nothing is.
std::unique_ptr<Runner> make_runner(const TaskSinks& sinks,
                                    std::function<void(std::string_view)> line,
                                    std::uint64_t snapshot_space_bytes_max,
                                    const std::vector<std::string>& excluded, Clock& clock);

// A ledger in `file` of what was submitted to `queue`. That of an embedded queue also knows what a
// submission stored that was killed before it could note so.
std::unique_ptr<Ledger> make_ledger(const std::filesystem::path& file, const QueueConfig& queue);

}  // namespace holdfast
