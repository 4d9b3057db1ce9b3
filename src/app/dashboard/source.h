// What the dashboard and the report look at: a queue and a store, wired together.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/commands/job_index.h"
#include "dashboard/fleet_view.h"
#include "dashboard/page_json.h"

namespace holdfast {

class DashboardSource {
 public:
  // Throws UsageError, and Error if the store cannot be used.
  DashboardSource(const DashboardOptions& options, Clock& clock);

  FleetView& view() { return *view_; }
  const DashboardFacts& facts() const noexcept { return facts_; }
  const QueueConfig& queue() const { return index_.queue(); }
  const StoreConfig& store() const { return index_.place(); }

 private:
  QueueIndex index_;
  std::unique_ptr<QueueAdmin> admin_;
  DashboardFacts facts_;
  std::optional<FleetView> view_;
};

}  // namespace holdfast
