#include "status/workers.h"

#include <algorithm>
#include <map>
#include <utility>

namespace holdfast {

namespace {

constexpr std::size_t kPage = 1000;
constexpr Duration kRequest = std::chrono::seconds(30);

}  // namespace

std::vector<SeenWorker> seen_workers(Store& store, const Clock& clock, const FleetLayout& fleet,
                                     const std::vector<IndexEntry>& running, std::int64_t now) {
  std::map<std::string, SeenWorker> workers;
  const std::string prefix = fleet.workers_prefix();
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store.list(prefix, after, kPage, clock.now() + kRequest);
    for (const ObjectEntry& object : page) {
      auto sign = worker_sign_from_text(std::string_view(object.key).substr(prefix.size()));
      if (!sign) continue;
      // One that was killed between two signs leaves both.
      WorkerSign& known = workers[sign->worker].sign;
      if (known.seen <= sign->seen) known = std::move(*sign);
    }
    if (page.size() < kPage) break;
    after = page.back().key;
  }
  for (const IndexEntry& job : running) {
    SeenWorker& worker = workers[job.worker];
    worker.sign.worker = job.worker;
    worker.sign.seen = std::max(worker.sign.seen, job.changed);
    worker.job = job;
  }
  std::vector<SeenWorker> there;
  for (auto& [name, worker] : workers) {
    if (worker.sign.seen > now - kGoneSeconds) there.push_back(std::move(worker));
  }
  return there;
}

}  // namespace holdfast
