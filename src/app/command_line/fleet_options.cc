#include "app/command_line/fleet_options.h"

#include <algorithm>

namespace holdfast {

CLI::Option* add_guides(CLI::App& app, PlaceOptions& place, const std::string& name,
                        const std::string& what) {
  std::string names = name;
  std::string underscored = name;
  std::replace(underscored.begin() + 2, underscored.end(), '-', '_');
  if (underscored != name) names += "," + underscored;
  return app
      .add_option_function<std::string>(
          names, [&place, name](const std::string& value) { place.flags[name] = value; }, what)
      ->group("Where");
}

void add_salad(CLI::App& app, PlaceOptions& place) {
  add_guides(app, place, "--org", "The organization at SaladCloud; else org")->type_name("NAME");
  add_guides(app, place, "--project", "Its project; else project")->type_name("NAME");
  add_guides(app, place, "--container-group-name", "The container group; else container_group_name")
      ->type_name("NAME");
  add_guides(app, place, "--salad-api-key",
             "The key; better as salad_api_key in a file that --env-file names")
      ->type_name("KEY");
  add_guides(app, place, "--salad-url", "Another address of the API; else HOLDFAST_SALAD_URL")
      ->type_name("URL");
}

void add_fleet(CLI::App& app, PlaceOptions& place) {
  add_salad(app, place);
  add_guides(app, place, "--fleet-program",
             "Instead of SaladCloud: a program that is called with get, set N or protect ID COST; "
             "else HOLDFAST_FLEET_PROGRAM")
      ->type_name("FILE");
}

}  // namespace holdfast
