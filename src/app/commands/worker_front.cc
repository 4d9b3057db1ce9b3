#include "app/commands/worker_front.h"

#include "app/version.h"
#include "app/wiring.h"
#include "base/log.h"
#include "core/metrics_text.h"
#include "worker/worker_pages.h"

namespace holdfast {

namespace {

HttpServer::Pages pages_of(const std::string& worker, const WorkerBoard& board,
                           const StoreTraffic& traffic, const Clock& clock) {
  return [&board, &traffic, &clock, worker](const std::string& path) -> Page {
    if (path == "/healthz") {
      const WorkerHealth health = health_of(board, traffic, clock.now());
      return {health.good() ? 200u : 503u, "application/json", health_page(health, board, worker)};
    }
    if (path == "/metrics") {
      return {200, std::string(MetricsText::kContentType),
              metrics_page(board, traffic, worker, version(), clock.now())};
    }
    return {404, "text/plain; charset=utf-8", "there are /healthz and /metrics\n"};
  };
}

}  // namespace

WorkerFront::WorkerFront(const FrontConfig& config, const std::string& worker,
                         const WorkerBoard& board, const StoreTraffic& traffic, Clock& clock)
    : node_(make_node(config, clock)) {
  if (node_) cost_.emplace(*node_, board, clock);
  if (!config.listen) return;
  server_.emplace(*config.listen, pages_of(worker, board, traffic, clock));
  log(LogLevel::info, "pages shown", {{"at", "http://" + server_->address().text()}});
}

}  // namespace holdfast
