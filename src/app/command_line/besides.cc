// The commands that tell of the others.
#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/completion.h"
#include "app/command_line/help_text.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/usage_error.h"
#include "app/version.h"

namespace holdfast {

Command define_help() {
  const auto path = std::make_shared<Words>();
  return {.name = "help",
          .summary = "Explain a command in full",
          .examples = {"holdfast help run", "holdfast help dead requeue"},
          .exit_codes = {{"0", "done"}, {"2", "unknown command"}},
          .options = {{"COMMAND", texts(*path, "COMMAND"), "The command's name"}},
          .result = [path](const Words&) -> CommandLine {
            const auto commands = all_commands();
            if (path->empty()) return TextWanted{first_screen(commands)};
            return TextWanted{help_page(command_named(commands, *path), *path, true)};
          }};
}

Command define_man() {
  const auto path = std::make_shared<Words>();
  const auto markdown = std::make_shared<bool>(false);
  return {.name = "man",
          .summary = "Print a command's man page",
          .examples = {"holdfast man run | man -l -",
                       "holdfast man > /usr/local/share/man/man1/holdfast.1"},
          .exit_codes = {{"0", "done"}, {"2", "unknown command"}},
          .options = {{"COMMAND", texts(*path, "COMMAND"), "The command's name", "all of holdfast"},
                      {"--markdown", flag(*markdown),
                       "Print every command's options as a Markdown page instead"}},
          .result = [path, markdown](const Words&) -> CommandLine {
            const auto commands = all_commands();
            if (*markdown) return TextWanted{reference_page(commands)};
            if (!path->empty()) static_cast<void>(command_named(commands, *path));
            return TextWanted{man_page(commands, *path)};
          }};
}

Command define_completion() {
  const auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .summary = "Print a script that completes commands, options, jobs and groups",
          .description =
              "Job ids and groups come from the store that the command line, its --env-file or the "
              "environment names; dead offers only dead jobs. This takes at most 1.5 s. If the "
              "store does not answer, nothing is offered and no message is printed.",
          .examples = {"source <(holdfast completion bash)",
                       "holdfast completion zsh > ~/.zfunc/_holdfast",
                       "holdfast completion fish > ~/.config/fish/completions/holdfast.fish"},
          .exit_codes = {{"0", "done"}, {"2", "usage"}},
          .options = {{.name = "SHELL",
                       .value = choice(*shell, "SHELL", {"bash", "zsh", "fish"}),
                       .help = "bash, zsh or fish",
                       .required = true}},
          .result = [shell](const Words&) -> CommandLine {
            return TextWanted{completion_script(*shell)};
          }};
}

Command define_version() {
  const auto sbom = std::make_shared<bool>(false);
  const auto json = std::make_shared<bool>(false);
  return {.name = "version",
          .summary = "Print the version",
          .exit_codes = {{"0", "done"}, {"2", "usage"}},
          .options = together(Options{{"--sbom", flag(*sbom),
                                       "Print what is linked into the program, as SPDX (JSON)"}},
                              json_option(*json)),
          .result = [sbom, json](const Words&) -> CommandLine {
            if (*json && !*sbom) return TextWanted{version_json() + "\n"};
            if (!*sbom) return TextWanted{"holdfast " + version() + "\n"};
            if (!bill_of_materials().empty()) return TextWanted{std::string(bill_of_materials())};
            throw UsageError(
                "this program uses libraries of the machine and has no list of them; only the "
                "released (static) program has one");
          }};
}

}  // namespace holdfast
