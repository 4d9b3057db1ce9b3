// Where the fleet is, as options that several commands share.
#pragma once

#include "app/command_line/options.h"

namespace holdfast {

// SaladCloud's names, key and address.
void add_salad(CLI::App& app, PlaceOptions& place);
// The same, or a program of the user's.
void add_fleet(CLI::App& app, PlaceOptions& place);

// An option that may also be written with underscores, as the guide writes its settings.
CLI::Option* add_guides(CLI::App& app, PlaceOptions& place, const std::string& name,
                        const std::string& what);

}  // namespace holdfast
