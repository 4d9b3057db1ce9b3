// The options that several commands share, each defined once.
#pragma once

#include <string>
#include <vector>

#include "app/command_line/definition.h"

namespace holdfast {

using Options = std::vector<Option>;

// One list after the other.
template <typename... Lists>
Options together(Options first, Lists... rest) {
  (first.insert(first.end(), rest.begin(), rest.end()), ...);
  return first;
}

Options env_file(PlaceOptions& place);
Options ca_file(PlaceOptions& place);
// With the environment's file and the certificate authorities, as each that reaches a server.
Options queue_options(PlaceOptions& place);
Options store_options(PlaceOptions& place);
Options management_option(PlaceOptions& place);
// The state folder of `holdfast run`, in place of queue and store.
Options state_option(std::string& state);
// Jobs by their ids, or by a list.
Options jobs_named(JobsNamed& named);
Options listen_option(PlaceOptions& place);
Options unfenced_option(PlaceOptions& place);
Options log_level_option(LogLevel& level, const std::string& usual);
Options json_option(bool& json, const std::string& help = "Print JSON, for programs");
Options task_options(TaskOptions& task);

// --input; `local` says what a plain path is here.
Option input_option(std::vector<std::pair<std::string, std::string>>& inputs,
                    const std::string& local);

// SaladCloud's names, key and address; and the same, or a program of the user's.
Options salad_options(PlaceOptions& place);
Options fleet_options(PlaceOptions& place);

// A setting that may also be written with underscores, as SaladCloud's guide writes it.
Option guides_setting(PlaceOptions& place, const std::string& name, std::string placeholder,
                      std::string help);

}  // namespace holdfast
