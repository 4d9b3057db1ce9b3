#include "app/command_line.h"

#include <algorithm>

#include "app/command_line/definitions.h"
#include "app/help_text.h"
#include "app/usage_error.h"
#include "app/version.h"

namespace holdfast {

namespace {

constexpr std::size_t kOptionColumn = 34;

using Words = std::vector<std::string>;

// Everything that can be typed, and what it means.
class Parser {
 public:
  Parser() {
    app_.require_subcommand(0, 1);
    app_.set_help_flag();
    app_.add_flag("-h,--help", help_wanted_, "This text");
    app_.add_flag("--version", version_wanted_, "The version");
    for (const auto define :
         {define_run, define_setup, define_submit, define_work, define_status, define_dead,
          define_cancel, define_checkpoints, define_checkpoint, define_doctor, define_health,
          define_autoscale, define_fleet, define_deploy, define_simulate}) {
      commands_.push_back(define(app_));
    }
    version_ = app_.add_subcommand("version", "Prints the version");
    for (CLI::App* command : app_.get_subcommands({})) prepare(*command);
  }

  CommandLine parse(const Words& words, const Words& program, bool dashes) {
    Words reversed(words.rbegin(), words.rend());  // As the library wants them.
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      return TextWanted{command_help()};
    } catch (const CLI::ParseError& error) {
      throw UsageError(sentence(error, words));
    }
    return result(program, dashes);
  }

 private:
  static void prepare(CLI::App& command) {
    command.set_help_flag("-h,--help", "This text");
    command.get_formatter()->column_width(kOptionColumn);
    for (CLI::App* inner : command.get_subcommands({})) prepare(*inner);
  }

  const DefinedCommand* parsed() const {
    for (const DefinedCommand& command : commands_) {
      if (command.app->parsed()) return &command;
    }
    return nullptr;
  }

  CommandLine result(const Words& program, bool dashes) const {
    if (version_wanted_ || version_->parsed()) return TextWanted{"holdfast " + version() + "\n"};
    const DefinedCommand* command = parsed();
    if (dashes && (command == nullptr || !command->takes_program)) {
      throw UsageError("only " + names(true) + " take a program behind two dashes");
    }
    if (command == nullptr) return TextWanted{std::string(help::kFirstScreen)};
    if (command->takes_program && program.empty()) {
      const std::string example = "holdfast " + command->app->get_name() + command->before_program +
                                  " … -- PROGRAM ARGUMENTS";
      throw UsageError(dashes ? "there is no program behind the --; write: " + example
                              : "which program shall run? Write it at the end, behind two "
                                "dashes: " +
                                    example);
    }
    return command->result(program);
  }

  std::string command_help() const {
    const DefinedCommand* command = parsed();
    if (command == nullptr) {
      return version_->parsed() ? version_->help("holdfast") + "\n"
                                : std::string(help::kFirstScreen);
    }
    const auto inner = command->app->get_subcommands();
    std::string text = inner.empty() ? command->app->help("holdfast")
                                     : inner.front()->help("holdfast " + command->app->get_name());
    if (!command->takes_program) return text + "\n";
    const std::size_t usage = text.find("Usage: ");
    const std::size_t end = text.find('\n', usage);
    return text.insert(end, " -- PROGRAM ARGUMENTS…") + "\n";
  }

  // "run, work and version".
  std::string names(bool with_program) const {
    Words words;
    for (const DefinedCommand& command : commands_) {
      if (!with_program || command.takes_program) words.push_back(command.app->get_name());
    }
    if (!with_program) words.push_back(version_->get_name());
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
      text += words[i];
    }
    return text;
  }

  // The library's own words, and what helps in the usual cases.
  std::string sentence(const CLI::ParseError& error, const Words& words) const {
    const auto typed = app_.get_subcommands();
    if (typed.empty()) {
      const auto unknown = std::find_if(words.begin(), words.end(), [](const std::string& word) {
        return !word.starts_with('-');
      });
      const std::string what = unknown == words.end() ? words.front() : *unknown;
      return "there is no command '" + what + "'; holdfast knows " + names(false) +
             " (holdfast --help shows each)";
    }
    std::string name = typed.front()->get_name();
    for (const CLI::App* inner : typed.front()->get_subcommands()) name += " " + inner->get_name();
    std::string text = "holdfast " + name + ": " + error.what();
    const DefinedCommand* command = parsed();
    const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    if (extras && command != nullptr && command->takes_program) {
      text += "; the program to run is written behind two dashes: holdfast " + name +
              command->before_program + " … -- PROGRAM ARGUMENTS";
    } else {
      text += "; see holdfast " + name + " --help";
    }
    return text;
  }

  CLI::App app_{"", "holdfast"};
  bool help_wanted_ = false;
  bool version_wanted_ = false;
  std::vector<DefinedCommand> commands_;
  CLI::App* version_ = nullptr;
};

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  // What is behind the dashes belongs to another program: the library must not look at it.
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const Words ours(arguments.begin(), dashes);
  Words command;
  if (dashes != arguments.end()) command.assign(dashes + 1, arguments.end());
  return Parser().parse(ours, command, dashes != arguments.end());
}

}  // namespace holdfast
