#include "worker/worker_pages.h"

#include <algorithm>
#include <array>

#include "core/metrics_text.h"
#include "core/text.h"

namespace holdfast {

namespace {

constexpr std::array kStages = {WorkerStage::idle,      WorkerStage::claiming,
                                WorkerStage::restoring, WorkerStage::running,
                                WorkerStage::storing,   WorkerStage::handing_back};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double count(const SharedValue<std::uint64_t>& value) {
  return static_cast<double>(value.get());
}

bool later_than(TimePoint due, Duration patience, TimePoint now) {
  return due != TimePoint::max() && now - due > patience;
}

std::string silence(const std::string& who, Duration since) {
  return who + " has not moved for " +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(since).count()) + " s";
}

// The entries of a JSON list.
std::string sentences(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? "" : ",") + json_string(one);
  return text;
}

void add_jobs(const WorkerBoard& board, MetricsText& page) {
  const auto add = [&page](const char* outcome, const SharedValue<std::uint64_t>& jobs) {
    page.counter("holdfast_jobs_total", "Jobs that this worker has ended or returned, by outcome.",
                 count(jobs), {{"outcome", outcome}});
  };
  add("completed", board.jobs_completed);
  add("dead", board.jobs_dead);
  add("handed_back", board.jobs_handed_back);
  for (const WorkerStage stage : kStages) {
    page.gauge("holdfast_stage", "1 for what the worker is doing.", board.stage.get() == stage,
               {{"stage", std::string(to_text(stage))}});
  }
  page.gauge("holdfast_attempt", "Attempt number of the current job; 0 without one.",
             count(board.attempt));
  page.gauge("holdfast_draining", "1 once the worker takes no new job.", board.draining.get());
}

void add_checkpoints(const WorkerBoard& board, TimePoint now, MetricsText& page) {
  const TimePoint durable = board.durable_until.get();
  const Duration lag = durable == TimePoint::max() ? Duration::zero() : now - durable;
  page.gauge("holdfast_checkpoint_lag_seconds",
             "Age of the work that would be lost now: since the newest committed checkpoint was "
             "taken, or since the program started.",
             std::max(0.0, seconds(lag)));
  page.gauge("holdfast_held_back", "1 while the program is stopped because of --lag-max.",
             board.held_back.get());
  page.counter("holdfast_held_back_total", "How often a program was stopped because of --lag-max.",
               count(board.held_back_count));
  page.counter("holdfast_checkpoints_total", "Checkpoints committed.",
               count(board.checkpoints_committed));
  page.counter("holdfast_checkpoint_failures_total",
               "Checkpoints that could not be taken or stored at once.",
               count(board.checkpoint_failures));
  page.counter("holdfast_checkpoint_uploaded_bytes_total",
               "Bytes that checkpoints sent to the store.", count(board.checkpoint_uploaded_bytes));
  if (board.mean_time.get() > Duration::zero()) {
    page.gauge("holdfast_mean_time_between_interruptions_seconds",
               "As measured by the fleet; with --checkpoint-every auto.",
               seconds(board.mean_time.get()));
  }
  page.gauge("holdfast_last_checkpoint_bytes", "Size of the last committed checkpoint.",
             count(board.checkpoint_bytes));
  page.gauge("holdfast_last_checkpoint_saving_seconds", "Time to read, compress and send it.",
             seconds(board.checkpoint_saving.get()));
  page.gauge("holdfast_last_checkpoint_held_seconds", "Time that the program was stopped for it.",
             seconds(board.checkpoint_held.get()));
}

}  // namespace

std::string_view to_text(WorkerStage stage) {
  switch (stage) {
    case WorkerStage::idle:
      return "idle";
    case WorkerStage::claiming:
      return "claiming";
    case WorkerStage::restoring:
      return "restoring";
    case WorkerStage::running:
      return "running";
    case WorkerStage::storing:
      return "storing";
    case WorkerStage::handing_back:
      return "handing_back";
  }
  return "unknown";
}

WorkerHealth health_of(const WorkerBoard& board, const StoreTraffic& traffic, TimePoint now) {
  WorkerHealth health;
  const auto look = [&](const char* who, TimePoint due, Duration patience) {
    if (later_than(due, patience, now)) health.stuck.push_back(silence(who, now - due));
  };
  look("the session", board.session_due.get(), kRoundMax);
  look("the queue's thread", board.queue_due.get(), kRoundMax);
  const TimePoint since = board.transfer_since.get();
  const bool transfers = since != TimePoint::max();
  look("the transfer", transfers ? std::max(since, traffic.last_end.get()) : since,
       kTransferRoundMax);
  if (traffic.denied.get()) {
    health.degraded.emplace_back(
        "the store refuses access: replace the keys, or restore the permission");
  }
  if (board.broker_denies.get()) {
    health.degraded.emplace_back(
        "the broker refuses access: replace the password, or restore the permission");
  }
  return health;
}

std::string health_page(const WorkerHealth& health, const WorkerBoard& board,
                        const std::string& worker) {
  return std::string(R"({"healthy":)") + (health.good() ? "true" : "false") + R"(,"worker":)" +
         json_string(worker) + R"(,"stage":")" + std::string(to_text(board.stage.get())) +
         R"(","connected":)" + (board.connected.get() ? "true" : "false") + R"(,"degraded":[)" +
         sentences(health.degraded) + R"(],"stuck":[)" + sentences(health.stuck) + "]}\n";
}

std::string metrics_page(const WorkerBoard& board, const StoreTraffic& traffic,
                         const std::string& worker, const std::string& version, TimePoint now) {
  MetricsText page;
  page.gauge("holdfast_worker_info", "The worker and its version.", 1,
             {{"worker", worker}, {"version", version}});
  page.gauge("holdfast_healthy", "1 unless one of the worker's threads is stuck.",
             health_of(board, traffic, now).good());
  page.gauge("holdfast_broker_connected", "1 while the worker is connected to the queue.",
             board.connected.get());
  page.gauge("holdfast_broker_denied", "1 while the broker refuses access; a person has to act.",
             board.broker_denies.get());
  page.gauge("holdfast_store_denied", "1 while the store refuses access; a person has to act.",
             traffic.denied.get());
  add_jobs(board, page);
  add_checkpoints(board, now, page);
  page.counter("holdfast_store_requests_total", "Requests to the store, including retries.",
               count(traffic.requests));
  page.counter("holdfast_store_failures_total", "Those that failed.", count(traffic.failures));
  page.counter("holdfast_store_sent_bytes_total", "Content sent to the store.",
               count(traffic.sent_bytes));
  page.counter("holdfast_store_received_bytes_total", "Content read from the store.",
               count(traffic.received_bytes));
  return page.text();
}

}  // namespace holdfast
