// What a worker shows and tells of itself beside its jobs: the health and metrics pages, and its
// deletion cost. Both on request only, on threads of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/http/http_server.h"
#include "app/config.h"
#include "core/store_traffic.h"
#include "ports/clock.h"
#include "ports/node.h"
#include "worker/cost_teller.h"
#include "worker/worker_board.h"

namespace holdfast {

class WorkerFront {
 public:
  // Borrows board, traffic and clock. Throws Error if it cannot listen where it shall.
  WorkerFront(const FrontConfig& config, const std::string& worker, const WorkerBoard& board,
              const StoreTraffic& traffic, Clock& clock);

  // nullptr: no cloud is known that could be spoken to.
  Node* node() noexcept { return node_.get(); }

 private:
  const std::unique_ptr<Node> node_;
  std::optional<CostThread> cost_;
  std::optional<HttpServer> server_;
};

}  // namespace holdfast
