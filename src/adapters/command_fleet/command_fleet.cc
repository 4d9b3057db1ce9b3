#include "adapters/command_fleet/command_fleet.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include "adapters/child/child_output.h"
#include "core/text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::uint32_t kBusyCost = 1000;
constexpr std::size_t kErrorBytesMax = 400;
constexpr int kMayWorkLater = 75;  // EX_TEMPFAIL, as for tasks.

[[noreturn]] void throw_line(const std::string& line) {
  throw Error(ErrorKind::rejected, "the fleet's program printed an unknown line for `get`: '" +
                                       fitted(line, kErrorBytesMax) +
                                       "'; it must print size=N and may print protect=yes and "
                                       "instance=ID STATE [DELETION_COST]");
}

std::optional<std::uint32_t> number_in(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

FleetInstance parse_instance(const std::string& value, const std::string& line) {
  std::istringstream words(value);
  FleetInstance instance;
  std::string state;
  std::string cost = "0";
  words >> instance.id >> state >> cost;
  const auto known = instance_state_from_text(state);
  const auto number = number_in(cost);
  std::string more;
  if (instance.id.empty() || !known || !number || (words >> more)) throw_line(line);
  instance.state = *known;
  instance.deletion_cost = *number;
  return instance;
}

bool among(const std::vector<std::string>& workers, const FleetInstance& instance) {
  return std::ranges::find(workers, instance.id) != workers.end();
}

}  // namespace

CommandFleetState parse_command_fleet(const std::string& text) {
  CommandFleetState state;
  std::optional<std::uint32_t> size;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) throw_line(line);
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (key == "size") {
      size = number_in(value);
      if (!size) throw_line(line);
    } else if (key == "protect" && (value == "yes" || value == "no")) {
      state.protects = value == "yes";
    } else if (key == "instance") {
      state.instances.push_back(parse_instance(value, line));
    } else {
      throw_line(line);
    }
  }
  if (!size) throw Error(ErrorKind::rejected, "the fleet's program printed no size=N for `get`");
  state.size = *size;
  return state;
}

CommandFleet::CommandFleet(std::vector<std::string> command, const Clock& clock)
    : command_(std::move(command)), clock_(clock) {}

std::string CommandFleet::run(std::vector<std::string> words, TimePoint deadline) const {
  const std::string what = words.front();
  words.insert(words.begin(), command_.begin(), command_.end());
  const ChildOutput output = run_child(words, deadline, clock_);
  if (output.code == 0) return output.out;
  throw Error(output.code == kMayWorkLater ? ErrorKind::unavailable : ErrorKind::rejected,
              command_.front() + " " + what + " ended with exit code " +
                  std::to_string(output.code) + ": " + fitted(output.err, kErrorBytesMax));
}

FleetReading CommandFleet::read(TimePoint deadline) {
  CommandFleetState state = parse_command_fleet(run({"get"}, deadline));
  protects_ = state.protects;
  known_ = std::move(state.instances);
  FleetReading fleet;
  fleet.wanted = state.size;
  // A group of no machines is one that is off: there is no other switch.
  fleet.status = state.size == 0 ? FleetStatus::stopped : FleetStatus::running;
  count_instances(known_, fleet);
  if (!protects_) fleet.shielded.reset();
  return fleet;
}

std::vector<FleetInstance> CommandFleet::instances(TimePoint deadline) {
  return parse_command_fleet(run({"get"}, deadline)).instances;
}

void CommandFleet::resize(std::uint32_t size, TimePoint deadline) {
  static_cast<void>(run({"set", std::to_string(size)}, deadline));
}

// The size that was set before a start is the start.
void CommandFleet::start(TimePoint) {}

void CommandFleet::stop(TimePoint deadline) {
  resize(0, deadline);
}

std::uint32_t CommandFleet::covers(const std::vector<std::string>& workers) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(known_, [&](const FleetInstance& one) {
    return one.state == InstanceState::running && among(workers, one);
  }));
}

void CommandFleet::apply(const std::vector<std::string>& workers, TimePoint deadline) {
  for (FleetInstance& instance : known_) {
    if (instance.state != InstanceState::running) continue;
    const std::uint32_t cost = among(workers, instance) ? kBusyCost : 0;
    if (instance.deletion_cost == cost) continue;
    static_cast<void>(run({"protect", instance.id, std::to_string(cost)}, deadline));
    instance.deletion_cost = cost;
  }
}

}  // namespace holdfast
