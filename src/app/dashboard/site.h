// What the dashboard's server answers: the pages' own files, the JSON that fills them, downloads of
// results, and actions. Any thread.
#pragma once

#include <map>
#include <string>

#include "adapters/http/http_server.h"
#include "app/dashboard/actions.h"
#include "app/dashboard/gate.h"
#include "dashboard/fleet_view.h"
#include "dashboard/page_json.h"

namespace holdfast {

using Query = std::map<std::string, std::string>;
// What follows the '?', decoded; of two of a name the last.
Query query_of(const std::string& target);

class DashboardSite {
 public:
  // Borrows all.
  DashboardSite(const DashboardGate& gate, FleetView& view, const DashboardFacts& facts,
                DashboardActions& actions)
      : gate_(gate), view_(view), facts_(facts), actions_(actions) {}

  Page answer(const PageRequest& request);

 private:
  Page file(const std::string& path) const;
  Page data(const std::string& path, const Query& query, const PageRequest& request);
  Page link(const Query& query) const;
  Page result(const Query& query);
  Page output(const Query& query);
  Page act(const std::string& path, const PageRequest& request);

  const DashboardGate& gate_;
  FleetView& view_;
  const DashboardFacts& facts_;
  DashboardActions& actions_;
};

}  // namespace holdfast
