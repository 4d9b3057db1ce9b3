#include "app/commands/places.h"

#include "app/config.h"
#include "app/environment.h"
#include "app/fleet_config.h"
#include "app/terminal.h"

namespace holdfast {

Settings settings_of(const PlaceOptions& options) {
  Environment file;
  if (!options.env_file.empty()) file = read_environment_file(options.env_file);
  Settings settings(options.flags, process_environment(), std::move(file), options.env_file);
  const std::string exposed = exposed_secret(settings);
  if (!exposed.empty()) say("holdfast: warning: " + exposed + "\n");
  const std::string fleets = exposed_fleet_secret(settings);
  if (!fleets.empty()) say("holdfast: warning: " + fleets + "\n");
  return settings;
}

}  // namespace holdfast
