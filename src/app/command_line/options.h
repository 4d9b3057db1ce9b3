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
// --state where people ask for the state of jobs, too: states, or the folder.
Value state_or_folder(std::vector<std::string>& states, std::string& folder);
// Jobs by their ids, by a list or a group.
Options jobs_named(JobsNamed& named);
Option group_option(std::string& group);
Option notify_option(std::vector<NotifyTarget>& notify, const std::string& more);
Option allow_notify_option(NotifyRules& rules);
// Jobs to be done: a list or a sweep.
Options jobs_given(JobsGiven& given);
// Once all is taken: throws UsageError unless they are given in one way.
void require_jobs(const JobsGiven& given);
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
