#include "dashboard/fleet_view.h"

#include <algorithm>

#include "holdfast/error.h"
#include "status/job_list.h"
#include "status/unfit_workers.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);

// Carries out a look; what it throws becomes its failure.
template <typename Value, typename Look>
bool look_into(LookedAt<Value>& at, const FleetView& view, const Look& look) {
  at.begin(view.now());
  try {
    at.succeed(look(), view.now());
    return true;
  } catch (const std::exception& error) {
    at.fail(error.what(), view.now());
    return false;
  }
}

}  // namespace

FleetView::FleetView(Sources sources)
    : sources_(std::move(sources)),
      reader_(sources_.store, sources_.clock),
      index_looks_(sources_.clock, "the job index", kIndexEvery,
                   [this] { return look_at_index(); }),
      queue_looks_(sources_.clock, "the queue", kQueueEvery, [this] { return look_at_queue(); }),
      letters_looks_(sources_.clock, "dead letters", kLettersEvery,
                     [this] { return look_at_letters(); }),
      history_looks_(sources_.clock, "jobs' logs", kHistoryEvery,
                     [this] { return look_at_history(); }) {}

std::int64_t FleetView::now() const {
  const auto wall = sources_.clock.wall().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(wall).count();
}

std::pair<std::shared_ptr<const IndexLook>, LookState> FleetView::index() {
  index_looks_.want();
  return index_.get();
}

std::pair<std::shared_ptr<const QueueCounts>, LookState> FleetView::queue() {
  queue_looks_.want();
  return queue_.get();
}

std::pair<std::shared_ptr<const DeadLettersLook>, LookState> FleetView::letters() {
  letters_looks_.want();
  return letters_.get();
}

std::pair<std::shared_ptr<const HistoryLook>, LookState> FleetView::history() {
  index_looks_.want();
  history_looks_.want();
  return history_.get();
}

JobHistory FleetView::job(const JobId& id) {
  std::uint64_t number = 0;
  if (const auto index = index_.get().first) {
    if (const auto entry = index->table.find(id.text())) number = entry->number;
  }
  return reader_.read(id, number);
}

std::string FleetView::why(const JobId& id, const std::optional<Record>& newest) {
  WhyFacts facts{sources_.clock.wall()};
  if (!newest || !is_end(newest->state)) {
    if (const auto counts = queue().first) facts.queue = *counts;
    if (const auto look = index_.get().first) facts.unfit = look->unfit;
    facts.place = sources_.place(id);
    if (facts.queue.held > 0) {
      facts.stopped = stop_of(id, sources_.store, sources_.clock, sources_.fleet);
    }
  }
  return holdfast::why({id, {}, newest, {}}, facts).text;
}

void FleetView::hurry() {
  index_looks_.hurry();
  queue_looks_.hurry();
  letters_looks_.hurry();
}

void FleetView::look_at_all() {
  look_at_index();
  look_at_queue();
  look_at_letters();
  // Each look reads some more.
  for (std::size_t i = 0; i < kHistoriesMax / kHistoriesPerLook; ++i) look_at_history();
}

bool FleetView::look_at_index() {
  const bool good = look_into(index_, *this, [this] {
    const TimePoint begin = sources_.clock.now();
    const std::uint64_t requests = sources_.traffic.requests.get();
    auto look = std::make_shared<IndexLook>();
    look->problems = read_jobs(
                         sources_.index, sources_.cache,
                         [&](const IndexEntry& entry) {
                           if (shows(entry.job)) look->table.add(entry);
                         },
                         [this](const IndexEntry& entry) {
                           return by_its_log(entry, sources_.store, sources_.clock);
                         })
                         .problems;
    look->table.finish(now());
    look->unfit = unfit_workers(sources_.store, sources_.clock);
    look->stops = GroupStops(sources_.store, sources_.clock, sources_.fleet).all();
    look->workers = workers_there(look->table);
    look->complete = complete_ || sources_.complete();
    complete_ = look->complete;
    look->seconds = std::chrono::duration<double>(sources_.clock.now() - begin).count();
    look->requests = sources_.traffic.requests.get() - requests;
    return std::shared_ptr<const IndexLook>(std::move(look));
  });
  if (history_.get().second.seen == 0) history_looks_.hurry();  // It waits for the first index.
  return good;
}

std::vector<SeenWorker> FleetView::workers_there(const JobTable& table) const {
  JobPage running;
  running.filter.states = {JobState::running};
  running.count = table.size();
  auto workers = seen_workers(sources_.store, sources_.clock, sources_.fleet,
                              table.select(running).jobs, now());
  // An idle one belongs to no group of jobs.
  if (sources_.among) std::erase_if(workers, [](const SeenWorker& one) { return !one.job; });
  return workers;
}

bool FleetView::look_at_queue() {
  return look_into(queue_, *this, [this] {
    return std::shared_ptr<const QueueCounts>(std::make_shared<QueueCounts>(sources_.counts()));
  });
}

bool FleetView::look_at_letters() {
  return look_into(letters_, *this, [this] {
    auto look = std::make_shared<DeadLettersLook>();
    const auto letters = sources_.letters();
    for (;;) {  // Ends with the letters, or with enough of them.
      auto letter = letters->next(sources_.clock.now() + kRead);
      if (!letter) break;
      if (!shows(view_of(*letter).name)) continue;
      look->all = look->letters.size() < kLettersMax;
      if (!look->all) break;
      const DeadLetterView view = view_of(*letter);
      look->letters.push_back({view, std::move(*letter)});
    }
    std::sort(
        look->letters.begin(), look->letters.end(),
        [](const SeenDeadLetter& a, const SeenDeadLetter& b) { return a.view.when > b.view.when; });
    return std::shared_ptr<const DeadLettersLook>(std::move(look));
  });
}

bool FleetView::look_at_history() {
  const auto index = index_.get().first;
  if (!index) return false;
  return look_into(history_, *this, [this, &index] {
    auto look = std::make_shared<HistoryLook>();
    look->of = index->table.size();
    JobPage newest;
    newest.count = kHistoriesMax;
    std::size_t read = 0;
    for (const IndexEntry& entry : index->table.select(newest).jobs) {
      const auto id = JobId::parse(entry.job);
      if (!id) continue;
      auto history = reader_.known(entry.job);
      const bool stale = !history || !history->newest || history->newest->number < entry.number;
      if (stale && read < kHistoriesPerLook) {
        read += 1;
        history = reader_.read(*id, entry.number);
      }
      if (history) look->jobs.push_back({entry.job, entry.state, std::move(history->lanes)});
    }
    return std::shared_ptr<const HistoryLook>(std::move(look));
  });
}

}  // namespace holdfast
