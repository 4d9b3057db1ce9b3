#include "index/group_stops.h"

#include <charconv>
#include <vector>

#include "base/wall_time.h"
#include "index/job_groups.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(10);
constexpr std::size_t kPage = 1000;
constexpr std::size_t kStopBytesMax = 4096;

std::string dead_prefix(const FleetLayout& layout, const std::string& group) {
  return layout.stop(group) + "dead/";
}

std::string stopped_key(const FleetLayout& layout, const std::string& group) {
  return layout.stop(group) + "stopped";
}

// "20 2026-11-28T00:30:00Z"
GroupStop stop_from(const std::string& text) {
  GroupStop stop;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stop.dead);
  if (error == std::errc() && end != text.data() + text.size()) stop.when.assign(end + 1);
  return stop;
}

}  // namespace

std::optional<GroupStop> GroupStops::note_dead(const std::string& group, const std::string& job,
                                               std::uint64_t max) {
  const std::string prefix = dead_prefix(layout_, group);
  const auto deadline = [&] { return clock_.now() + kRequest; };
  static_cast<void>(store_.create(prefix + job, "", deadline()));
  // So many at least: which ones does not matter.
  std::uint64_t dead = 0;
  std::string after;
  while (dead < max) {  // Ends with the listing.
    const auto page = store_.list(prefix, after, kPage, deadline());
    dead += page.size();
    if (page.size() < kPage) break;
    after = page.back().key;
  }
  if (dead < max) return std::nullopt;
  GroupStop stop{dead, to_text(clock_.wall())};
  const CreateOutcome outcome = store_.create(stopped_key(layout_, group),
                                              std::to_string(dead) + " " + stop.when, deadline());
  if (outcome != CreateOutcome::created) return std::nullopt;
  return stop;
}

std::optional<GroupStop> GroupStops::find(const std::string& group) {
  const auto text = store_.get(stopped_key(layout_, group), kStopBytesMax, clock_.now() + kRequest);
  return text ? std::optional(stop_from(*text)) : std::nullopt;
}

std::map<std::string, GroupStop> GroupStops::all() {
  std::map<std::string, GroupStop> stops;
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page =
        store_.list_folders(layout_.stops_prefix(), after, kPage, clock_.now() + kRequest);
    for (const std::string& group : page) {
      if (const auto stop = find(group)) stops.emplace(group, *stop);
    }
    if (page.size() < kPage) return stops;
    after = page.back();
  }
}

// The dead ones first: were the group to go on with them, the next dead job would stop it again.
bool GroupStops::resume(const std::string& group) {
  const bool stopped = find(group).has_value();
  const std::string prefix = dead_prefix(layout_, group);
  for (;;) {  // Ends: each page is removed.
    const auto page = store_.list(prefix, "", kPage, clock_.now() + kRequest);
    for (const ObjectEntry& entry : page) store_.remove(entry.key, clock_.now() + kRequest);
    if (page.size() < kPage) break;
  }
  store_.remove(stopped_key(layout_, group), clock_.now() + kRequest);
  return stopped;
}

std::optional<std::pair<std::string, GroupStop>> stop_of(const JobId& job, Store& store,
                                                         const Clock& clock,
                                                         const FleetLayout& layout) {
  JobGroups groups(store, clock, layout);
  for (auto& stop : GroupStops(store, clock, layout).all()) {
    if (groups.jobs_of(stop.first).contains(job.text())) return std::move(stop);
  }
  return std::nullopt;
}

}  // namespace holdfast
