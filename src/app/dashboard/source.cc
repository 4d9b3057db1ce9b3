#include "app/dashboard/source.h"

#include <filesystem>

#include "app/commands/named_jobs.h"
#include "app/place_in_queue.h"
#include "app/usage_error.h"
#include "app/version.h"
#include "app/wiring.h"

namespace holdfast {

namespace {

constexpr Duration kQueueWait = std::chrono::seconds(15);

// The state folder that a list of `holdfast run`, or itself, names.
std::string state_folder(const DashboardOptions& options) {
  if (options.list.empty()) return options.state;
  if (!options.state.empty()) throw UsageError("give either LIST or --state, not both");
  if (std::filesystem::is_directory(options.list)) return options.list;
  const std::string beside = options.list + ".holdfast";
  if (std::filesystem::is_directory(beside)) return beside;
  throw UsageError("there is no state of " + options.list + ": holdfast run keeps it in " + beside +
                   ", or where its --state says");
}

}  // namespace

DashboardSource::DashboardSource(const DashboardOptions& options, Clock& clock)
    : index_(options.place, state_folder(options), clock),
      facts_{std::string(version()), shown(index_.queue()), shown(index_.place()),
             options.allow_actions, options.price} {
  std::optional<std::set<std::string>> among;
  if (!options.group.empty()) {
    among = jobs_of_group(index_, clock, options.group);
    facts_.group = options.group;
    facts_.group_jobs = among->size();
  }
  view_.emplace(FleetView::Sources{
      index_.store(), index_.jobs(), index_.cache(), index_.traffic(), clock, index_.layout(),
      [this] { return index_.complete(); },
      // Kept from look to look, and made anew after a failure.
      [this, &clock] {
        try {
          if (!admin_) admin_ = make_admin(index_.queue(), clock);
          return admin_->counts(clock.now() + kQueueWait);
        } catch (...) {
          admin_.reset();
          throw;
        }
      },
      [this, &clock] { return make_dead_letters(index_.queue(), clock); },
      [this, &clock](const JobId& id) { return place_in(index_.queue(), id, clock.wall()); },
      std::move(among)});
}

}  // namespace holdfast
