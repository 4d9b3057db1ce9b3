// The options that several commands share, and what a command defines. For app/command_line only,
// the one place that knows the command-line library.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/command_line.h"

namespace holdfast {

// A command as the parser sees it.
struct DefinedCommand {
  CLI::App* app = nullptr;
  // Whether a program stands behind two dashes, and what stands before them, for the help.
  bool takes_program = false;
  std::string before_program;
  // What was typed, once the command was parsed; `program` is what stood behind two dashes.
  std::function<CommandLine(const std::vector<std::string>& program)> result;
};

// A range that is checked and not shown beside the option.
template <typename Number>
CLI::Validator between(Number least, Number most) {
  return CLI::Range(least, most).description("");
}

CLI::Option* add_flag_value(CLI::App& app, PlaceOptions& place, const std::string& name,
                            const std::string& what);
void add_duration(CLI::App& app, const std::string& name, std::optional<Duration>& value,
                  const std::string& what);
void add_env_file(CLI::App& app, PlaceOptions& place);
void add_queue(CLI::App& app, PlaceOptions& place);
void add_store(CLI::App& app, PlaceOptions& place);
// The state folder of `holdfast run`, in place of queue and store.
void add_state(CLI::App& app, std::string& state);
void add_management(CLI::App& app, PlaceOptions& place);
void add_log_level(CLI::App& app, LogLevel& level);
void add_task(CLI::App& app, TaskOptions& task);

}  // namespace holdfast
