// What was typed, held against the definition.
#include <algorithm>
#include <set>

#include "app/command_line.h"
#include "app/command_line/closest.h"
#include "app/command_line/completion.h"
#include "app/command_line/definition.h"
#include "app/command_line/help_text.h"
#include "app/usage_error.h"
#include "app/version.h"

namespace holdfast {

namespace {

constexpr const char* kComplete = "complete";

bool is_help(const std::string& word) {
  return word == "-h" || word == "--help";
}

bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

std::string program_hint(const Words& path, const Command& command) {
  std::string hint = "holdfast " + joined(path, " ");
  for (const Option& option : command.options) {
    if (option.is_argument() && option.required) hint += " " + option.name;
  }
  return hint + " … -- PROGRAM ARGUMENTS";
}

// One command's words, from the first behind its name.
class OptionParser {
 public:
  OptionParser(const Command& command, Words path) : command_(command), path_(std::move(path)) {}

  // False: help is wanted.
  bool parse(const Words& words) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      const std::string& word = words[at];
      if (is_help(word)) return false;
      if (looks_like_option(word)) {
        at += take_option(words, at);
      } else {
        take_argument(word);
      }
    }
    for (const Option& option : command_.options) {
      if (option.required && !taken_.contains(option.name)) {
        refuse(option.name + " is missing (" + option.help + ")");
      }
    }
    return true;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UsageError(joined(path_, " ") + ": " + what + " (see holdfast " + joined(path_, " ") +
                     " --help)");
  }

  const Option* find(const std::string& name) const {
    for (const Option& option : command_.options) {
      const Words& older = option.older_names;
      if (option.is_argument()) continue;
      if (option.name == name || std::find(older.begin(), older.end(), name) != older.end()) {
        return &option;
      }
    }
    return nullptr;
  }

  void give(const Option& option, const std::string& name, const std::string& typed) {
    const std::string problem = option.value.take(typed);
    if (!problem.empty()) refuse(name + ": '" + typed + "' " + problem);
    taken_.insert(option.name);
  }

  // How many words more it took.
  std::size_t take_option(const Words& words, std::size_t at) {
    const std::string& word = words[at];
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string name = word.substr(0, equals);
    const Option* option = find(name);
    if (option == nullptr) refuse_option(name);
    if (option->is_flag()) {
      if (equals < word.size()) refuse(name + " takes no value, but '" + word + "' gives one");
      give(*option, name, "");
      return 0;
    }
    if (equals < word.size()) {
      give(*option, name, word.substr(equals + 1));
      return 0;
    }
    const bool there = at + 1 < words.size();
    if (!there || is_help(words[at + 1]) || find(words[at + 1]) != nullptr) {
      refuse(name + " needs a value: " + name + " " + option->value.placeholder);
    }
    give(*option, name, words[at + 1]);
    return 1;
  }

  [[noreturn]] void refuse_option(const std::string& name) const {
    Words known = {"--help"};
    for (const Option& option : command_.options) {
      if (!option.is_argument()) known.push_back(option.name);
    }
    refuse("there is no option " + name + did_you_mean(name, known));
  }

  void take_argument(const std::string& word) {
    for (const Option& option : command_.options) {
      if (!option.is_argument() || (taken_.contains(option.name) && !option.value.repeats))
        continue;
      give(option, option.name, word);
      return;
    }
    const std::string what = "'" + word + "' is one argument too many";
    if (!command_.takes_program) refuse(what);
    refuse(what + "; write the program to run after two dashes: " + program_hint(path_, command_));
  }

  const Command& command_;
  const Words path_;
  std::set<std::string> taken_;
};

CommandLine result_of(const Command& command, const Words& path, const Words& program,
                      bool dashes) {
  if (dashes && !command.takes_program) {
    throw UsageError(joined(path, " ") +
                     ": does not take a program after two dashes; only run and work do");
  }
  if (command.takes_program && program.empty()) {
    const std::string example = program_hint(path, command);
    throw UsageError(
        joined(path, " ") +
        (dashes ? ": there is no program after the two dashes; write " + example
                : ": no program is given. Write it at the end, after two dashes: " + example));
  }
  return command.result(program);
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  // Asked by the scripts of `holdfast completion`, for a command line that is not finished.
  if (!arguments.empty() && arguments.front() == kComplete) {
    const Words words(arguments.begin() + 1, arguments.end());
    const bool a_line = words.size() == 2 && words.front() == "--line";
    return CompleteOptions{a_line ? words_of_line(words.back()) : words};
  }
  // What is behind the dashes belongs to another program, and is not looked at.
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  Words words(arguments.begin(), dashes);
  const bool with_dashes = dashes != arguments.end();
  const Words program(with_dashes ? dashes + 1 : dashes, arguments.end());

  const std::vector<Command> commands = all_commands();
  if (words.empty() || is_help(words.front())) return TextWanted{first_screen(commands)};
  if (words.front() == "--version" || words.front() == "-V") words = {"version"};
  // One letter apart, and both understood by what follows.
  const bool of_stored_ones =
      words.size() > 1 && find_command(commands, {"checkpoints", words[1]}) != nullptr;
  if (words.front() == "checkpoint" && of_stored_ones) words.front() = "checkpoints";
  const std::vector<Command>* level = &commands;
  const Command* command = nullptr;
  Words path;
  while (!level->empty()) {
    if (words.empty()) {
      throw UsageError(joined(path, " ") + ": say what to do: " + joined(names_of(*level), ", ") +
                       " (see holdfast " + joined(path, " ") + " --help)");
    }
    if (command != nullptr && is_help(words.front())) {
      return TextWanted{help_page(*command, path, false)};
    }
    const Command* const found = find_command(*level, {words.front()});
    if (found == nullptr) {
      if (path.empty() && looks_like_option(words.front())) {
        throw UsageError("the command comes first, and " + words.front() +
                         " is not a command; write holdfast COMMAND OPTIONS (holdfast --help lists "
                         "the commands)");
      }
      throw no_such_command(words.front(), path, *level);
    }
    command = found;
    path.push_back(command->name);
    level = &command->inner;
    words.erase(words.begin());
  }
  if (!OptionParser(*command, path).parse(words)) {
    return TextWanted{help_page(*command, path, false)};
  }
  return result_of(*command, path, program, with_dashes);
}

}  // namespace holdfast
