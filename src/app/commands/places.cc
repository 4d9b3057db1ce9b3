#include "app/commands/places.h"

#include "app/environment.h"
#include "app/fleet_config.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"

namespace holdfast {

namespace {

void require_folder(const std::filesystem::path& folder, const std::string& what) {
  if (std::filesystem::is_directory(folder)) return;
  throw UsageError("there is no " + what + " in " + folder.string());
}

}  // namespace

Settings settings_of(const PlaceOptions& options) {
  Environment file;
  if (!options.env_file.empty()) {
    file = read_environment_file(options.env_file);
    const std::string open = open_to_others(options.env_file);
    if (!open.empty()) say("holdfast: warning: " + open + "\n");
  }
  Settings settings(options.flags, process_environment(), std::move(file), options.env_file);
  const std::string exposed = exposed_secret(settings);
  if (!exposed.empty()) say("holdfast: warning: " + exposed + "\n");
  const std::string fleets = exposed_fleet_secret(settings);
  if (!fleets.empty()) say("holdfast: warning: " + fleets + "\n");
  return settings;
}

Settings settings_of(PlaceOptions options, const std::string& state) {
  if (!state.empty()) {
    options.flags["--queue"] = "sqlite:" + state;
    options.flags["--store"] = "file:" + state + "/store";
  }
  return settings_of(options);
}

void refuse_lossy(const QueueConfig& queue, Clock& clock) {
  constexpr Duration kWait = std::chrono::seconds(10);
  std::vector<std::string> losses;
  try {
    losses = make_admin(queue, clock)->losses(clock.now() + kWait);
  } catch (const Error&) {
    return;  // Whoever uses the queue next tells better what is wrong.
  }
  if (losses.empty()) return;
  std::string text = "this queue can lose jobs, so Holdfast does not use it:";
  for (const std::string& loss : losses) text += "\n  " + loss;
  throw Error(ErrorKind::rejected, text);
}

void require_queue(const QueueConfig& queue, Clock& clock) {
  constexpr Duration kWait = std::chrono::seconds(30);
  static_cast<void>(make_admin(queue, clock)->counts(clock.now() + kWait));
}

QueueConfig existing_queue(const Settings& settings) {
  const QueueConfig queue = queue_config(settings);
  if (const auto* place = std::get_if<FolderQueueConfig>(&queue)) {
    require_folder(place->folder, "queue");
  }
  return queue;
}

StoreConfig existing_store(const Settings& settings) {
  const StoreConfig store = store_config(settings);
  if (const auto* place = std::get_if<FolderStoreConfig>(&store)) {
    require_folder(place->root, "store");
  }
  return store;
}

}  // namespace holdfast
