// The command line, defined once and as plain data: what can be typed, what it means, and what to
// say about it. Parsing, help, man pages, completions and the reference page all walk it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/command_line.h"
#include "app/usage_error.h"

namespace holdfast {

using Words = std::vector<std::string>;

// What a shell may offer in the place of a value.
enum class Completes { nothing, file, folder, job, dead_job, group, states_or_folder };

// The value of an option: what it is called, what it may be, and where it goes.
struct Value {
  // As in "--grace DURATION". Empty: the option is a flag, which takes no value.
  std::string placeholder = {};
  // Stores what was typed. Says what is wrong with it ("is not a duration; …"), or nothing.
  std::function<std::string(const std::string& typed)> take = {};
  std::vector<std::string> choices = {};  // If the list is closed.
  Completes completes = Completes::nothing;
  bool repeats = false;  // Of an argument: any number of them.
};

// In this order in every help text.
enum class Group { own, container_group, fleet_size, program, limits, places, general };
inline constexpr std::array kGroups = {Group::own,     Group::container_group, Group::fleet_size,
                                       Group::program, Group::limits,          Group::places,
                                       Group::general};

std::string_view title(Group group);

struct Option {
  std::string name;  // "--grace"; an argument is named by its placeholder: "JOBS".
  Value value;
  std::string help;        // One sentence, verb or noun first, without the default.
  std::string usual = {};  // The default, as it would be typed or said.
  Group group = Group::own;
  bool required = false;
  std::vector<std::string> older_names = {};  // Still understood, shown nowhere.
  std::string more = {};                      // For the man page and `holdfast help COMMAND`.

  bool is_argument() const { return !name.starts_with('-'); }
  bool is_flag() const { return value.placeholder.empty(); }
};

// In this order on the first screen.
enum class Section { start, see, mend, data, fleet, inside_a_job, besides };
inline constexpr std::array kSections = {Section::start,  Section::see,   Section::mend,
                                         Section::data,   Section::fleet, Section::inside_a_job,
                                         Section::besides};

std::string_view title(Section section);

struct ExitCode {
  std::string code;  // "0", "128+N".
  std::string meaning;
};

struct Command {
  std::string name;
  Section section = Section::besides;
  std::string summary = {};      // As Option::help.
  std::string description = {};  // Paragraphs with an empty line between them.
  std::vector<std::string> examples = {};
  std::vector<ExitCode> exit_codes = {};
  std::vector<Option> options = {};
  bool takes_program = false;       // Behind two dashes.
  std::vector<Command> inner = {};  // Then it has no options of its own.
  std::vector<std::string> older_names = {};
  // What was typed; `program` is what stood behind the two dashes.
  std::function<CommandLine(const Words& program)> result = {};
};

// All of them, in the order of the first screen. Their options' values go into the result.
std::vector<Command> all_commands();

// The command that `path` names, such as {"dead", "list"}; nullptr if there is none.
const Command* find_command(const std::vector<Command>& commands, const Words& path);
// The same; throws UsageError if there is none.
const Command& command_named(const std::vector<Command>& commands, const Words& path);

// There is no command `typed` behind the words `above`, where `known` are: which one may be meant.
UsageError no_such_command(const std::string& typed, const Words& above,
                           const std::vector<Command>& known);

std::string joined(const Words& words, std::string_view separator);
Words names_of(const std::vector<Command>& commands);

}  // namespace holdfast
