#include "app/command_line/definition.h"

#include <algorithm>

#include "app/command_line/closest.h"
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

const Command& command_named(const std::vector<Command>& commands, const Words& path) {
  const std::vector<Command>* level = &commands;
  Words above;
  for (const std::string& name : path) {
    const Command* const found = find_command(*level, {name});
    if (found == nullptr) throw no_such_command(name, above, *level);
    if (above.size() + 1 == path.size()) return *found;
    above.push_back(name);
    level = &found->inner;
  }
  throw UsageError("which command?");
}

UsageError no_such_command(const std::string& typed, const Words& above,
                           const std::vector<Command>& known) {
  const std::string prefix = above.empty() ? "" : joined(above, " ") + ": ";
  const std::string help = joined(above, " ") + (above.empty() ? "" : " ") + "--help";
  return UsageError(prefix + "there is no command '" + typed + "'" +
                    did_you_mean(typed, names_of(known)) + " (holdfast " + help +
                    " lists the commands)");
}

std::string joined(const Words& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += std::string(text.empty() ? "" : separator) + word;
  return text;
}

Words names_of(const std::vector<Command>& commands) {
  Words names;
  for (const Command& command : commands) names.push_back(command.name);
  return names;
}

}  // namespace holdfast
