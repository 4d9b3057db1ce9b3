#include "app/command_line/definition.h"

#include <algorithm>

#include "app/command_line/commands.h"

namespace holdfast {

std::string_view title(Group group) {
  switch (group) {
    case Group::own:
      return "Options";
    case Group::container_group:
      return "Container group, in place of the file's";
    case Group::fleet_size:
      return "Size of the fleet";
    case Group::program:
      return "The program and its checkpoints";
    case Group::limits:
      return "Limits and retries";
    case Group::places:
      return "Queue, store and cloud";
    case Group::general:
      return "General";
  }
  return {};
}

std::string_view title(Section section) {
  switch (section) {
    case Section::start:
      return "Start";
    case Section::see:
      return "See";
    case Section::mend:
      return "Mend";
    case Section::data:
      return "Data";
    case Section::fleet:
      return "Fleet";
    case Section::inside_a_job:
      return "Inside a job";
    case Section::besides:
      return "Besides";
  }
  return {};
}

std::vector<Command> all_commands() {
  return {define_run(),         define_submit(),   define_work(),       define_wait(),
          define_status(),      define_job_list(), define_logs(),       define_why(),
          define_dashboard(),   define_report(),   define_dead(),       define_cancel(),
          define_rerun(),       define_resume(),   define_doctor(),     define_fetch(),
          define_checkpoints(), define_du(),       define_gc(),         define_forget(),
          define_notify(),      define_setup(),    define_deploy(),     define_autoscale(),
          define_fleet(),       define_simulate(), define_health(),     define_checkpoint(),
          define_finished(),    define_help(),     define_completion(), define_man(),
          define_version()};
}

const Command* find_command(const std::vector<Command>& commands, const Words& path) {
  const std::vector<Command>* level = &commands;
  const Command* found = nullptr;
  for (const std::string& name : path) {
    const auto next = std::find_if(level->begin(), level->end(), [&](const Command& command) {
      return command.name == name ||
             std::find(command.older_names.begin(), command.older_names.end(), name) !=
                 command.older_names.end();
    });
    if (next == level->end()) return nullptr;
    found = &*next;
    level = &found->inner;
  }
  return found;
}

}  // namespace holdfast
