// Everything that the dashboard shows, looked at by threads of its own while a page is open: the
// job index, the queue's counts and dead letters, unfit workers, and the logs of the jobs that
// changed last. Each may fail while the others go on. Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "core/store_traffic.h"
#include "core/unfit_notice.h"
#include "dashboard/history_reader.h"
#include "dashboard/job_table.h"
#include "dashboard/looked_at.h"
#include "dashboard/refresher.h"
#include "index/group_stops.h"
#include "index/job_index.h"
#include "operate/dead_letter_view.h"
#include "ports/dead_letters.h"
#include "ports/queue.h"
#include "status/why.h"
#include "status/workers.h"

namespace holdfast {

struct IndexLook {
  JobTable table;
  double seconds = 0;                 // That it took.
  std::uint64_t requests = 0;         // That it cost.
  std::vector<std::string> problems;  // As of IndexReading.
  std::vector<UnfitNotice> unfit;
  std::map<std::string, GroupStop> stops;  // Groups that have stopped.
  std::vector<SeenWorker> workers;         // Who are there, also idle.
  bool complete = true;  // False: an older version ran jobs here, and they are not in the index.
};

struct SeenDeadLetter {
  DeadLetterView view;
  DeadLetter letter;
};
struct DeadLettersLook {
  std::vector<SeenDeadLetter> letters;
  bool all = true;  // False: there are more.
};

// The logs that were read: those of the jobs that changed last.
struct HistoryLook {
  struct Job {
    std::string id;
    JobState state = JobState::waiting;
    JobLanes lanes;
  };
  std::vector<Job> jobs;
  std::uint64_t of = 0;  // Jobs that there are.
};

class FleetView {
 public:
  static constexpr Duration kIndexEvery = std::chrono::seconds(5);
  static constexpr Duration kQueueEvery = std::chrono::seconds(5);
  static constexpr Duration kLettersEvery = std::chrono::seconds(8);
  static constexpr Duration kHistoryEvery = std::chrono::seconds(5);
  static constexpr std::size_t kLettersMax = 1000;
  static constexpr std::size_t kHistoriesMax = 500;
  // Jobs that one look at the logs reads anew or further.
  static constexpr std::size_t kHistoriesPerLook = 100;

  struct Sources {
    Store& store;
    JobIndex& index;
    const FoldCache* cache;
    const StoreTraffic& traffic;
    const Clock& clock;
    FleetLayout fleet;
    // Each is called on one thread and throws Error. Whether the index knows all jobs; the rest is
    // the queue's.
    std::function<bool()> complete;
    std::function<QueueCounts()> counts;
    std::function<std::unique_ptr<DeadLetters>()> letters;
    // Any thread. nullopt: the queue does not tell.
    std::function<std::optional<PlaceInQueue>(const JobId&)> place;
    // Only these jobs are shown; nullopt: all.
    std::optional<std::set<std::string>> among = {};
  };

  // Borrows what the sources name.
  explicit FleetView(Sources sources);
  FleetView(const FleetView&) = delete;
  FleetView& operator=(const FleetView&) = delete;

  // Each tells that somebody watches it.
  std::pair<std::shared_ptr<const IndexLook>, LookState> index();
  std::pair<std::shared_ptr<const QueueCounts>, LookState> queue();
  std::pair<std::shared_ptr<const DeadLettersLook>, LookState> letters();
  std::pair<std::shared_ptr<const HistoryLook>, LookState> history();

  // One job's log, as it is now. Throws Error.
  JobHistory job(const JobId& id);
  // Why a job that does not run does not, and what a person can do. Throws Error.
  std::string why(const JobId& id, const std::optional<Record>& newest);
  Store& store() { return sources_.store; }
  const Clock& clock() const { return sources_.clock; }

  // Something was changed: all look again soon.
  void hurry();

  // One look at everything, on the caller's thread, for a report.
  void look_at_all();

  std::int64_t now() const;

 private:
  bool shows(const std::string& job) const {
    return !sources_.among || sources_.among->contains(job);
  }
  std::vector<SeenWorker> workers_there(const JobTable& table) const;
  // True if it succeeded.
  bool look_at_index();
  bool look_at_queue();
  bool look_at_letters();
  bool look_at_history();

  const Sources sources_;
  HistoryReader reader_;
  bool complete_ = false;  // Once it is, it stays so. The thread's that looks at the index.
  LookedAt<IndexLook> index_;
  LookedAt<QueueCounts> queue_;
  LookedAt<DeadLettersLook> letters_;
  LookedAt<HistoryLook> history_;
  // Last: their threads use everything above.
  Refresher index_looks_;
  Refresher queue_looks_;
  Refresher letters_looks_;
  Refresher history_looks_;
};

}  // namespace holdfast
