#include "app/command_line/help_text.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace holdfast {

namespace {

constexpr std::size_t kOptionColumn = 26;
constexpr std::size_t kCommandColumn = 15;
constexpr std::string_view kIndent = "  ";

constexpr std::string_view kIntroduction =
    R"(holdfast runs long jobs on machines that may vanish, and never loses one.

On one machine, with nothing else installed:
  holdfast run jobs.csv --slots 2 -- python3 train.py {x}
      Run the list. If it is killed, run the same command again to resume.

On a fleet, with a RabbitMQ broker and an S3 bucket (or R2):
  holdfast setup  --env-file worker.env
  holdfast submit --env-file worker.env jobs.csv
  holdfast work   --env-file worker.env -- python3 train.py {x}
  holdfast status --env-file worker.env

A list of jobs is a CSV file with a column job_id, or one JSON object a line.
{x} in the command stands for the field x of the job.
)";

// "--grace DURATION", "JOBS", "JOB…".
std::string spelling(const Option& option) {
  if (option.is_argument()) return option.name + (option.value.repeats ? "…" : "");
  return option.is_flag() ? option.name : option.name + " " + option.value.placeholder;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    text.remove_prefix(std::max<std::size_t>(character_length(text), 1));
    ++columns;
  }
  return columns;
}

// `left` in a column of `width`, `right` wrapped beside it, or below where `left` is too long.
std::string entry(const std::string& left, const std::string& right, std::size_t width) {
  const std::string start = std::string(kIndent) + left;
  const std::string margin(width, ' ');
  std::string text = start;
  bool first = columns_of(start) + 2 <= width;
  if (!first) text += "\n";
  for (const std::string& line : wrapped(right, kScreenColumns - width)) {
    text += (first ? margin.substr(columns_of(start)) : margin) + line + "\n";
    first = false;
  }
  return text;
}

std::string paragraphs(const std::string& text) {
  std::string result;
  for (const std::string& line : wrapped(text, kScreenColumns)) result += line + "\n";
  return result;
}

std::string options_text(const Command& command, bool full) {
  std::string text;
  const auto of_group = [&](Group group, bool arguments, std::string_view heading) {
    std::string part;
    for (const Option& option : command.options) {
      if (option.group != group || option.is_argument() != arguments) continue;
      std::string said = option_sentence(option);
      if (full && !option.more.empty()) said += ". " + option.more;
      part += entry(spelling(option), said, kOptionColumn);
    }
    if (!part.empty()) text += "\n" + std::string(heading) + ":\n" + part;
  };
  of_group(Group::own, true, "Arguments");
  for (const Group group : kGroups) of_group(group, false, title(group));
  return text;
}

}  // namespace

Words wrapped(std::string_view text, std::size_t columns) {
  Words lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view paragraph = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string line;
    while (!paragraph.empty()) {
      const std::size_t space = std::min(paragraph.find(' '), paragraph.size());
      const std::string word(paragraph.substr(0, space));
      paragraph.remove_prefix(std::min(space + 1, paragraph.size()));
      if (!line.empty() && columns_of(line) + 1 + columns_of(word) > columns) {
        lines.push_back(line);
        line.clear();
      }
      line += (line.empty() ? "" : " ") + word;
    }
    lines.push_back(line);
  }
  return lines;
}

std::string usage_line(const Command& command, const Words& path) {
  std::string text = "holdfast " + joined(path, " ");
  if (!command.inner.empty()) return text + " COMMAND";
  const auto is_option = [](const Option& option) { return !option.is_argument(); };
  if (std::any_of(command.options.begin(), command.options.end(), is_option)) text += " [OPTIONS]";
  for (const Option& option : command.options) {
    if (!option.is_argument()) {
      if (option.required) text += " " + spelling(option);
      continue;
    }
    text += option.required ? " " + spelling(option) : " [" + spelling(option) + "]";
  }
  return command.takes_program ? text + " -- PROGRAM ARGUMENTS…" : text;
}

std::string option_sentence(const Option& option) {
  std::string text = option.help;
  if (!option.usual.empty()) text += " (default: " + option.usual + ")";
  return text;
}

std::string first_screen(const std::vector<Command>& commands) {
  std::string text(kIntroduction);
  for (const Section section : kSections) {
    text += "\n" + std::string(title(section)) + ":\n";
    for (const Command& command : commands) {
      if (command.section == section) text += entry(command.name, command.summary, kCommandColumn);
    }
  }
  return text + "\nholdfast COMMAND --help explains a command.\n";
}

std::string help_page(const Command& command, const Words& path, bool full) {
  std::string text = command.summary + ".\n\nUsage: ";
  const Words usage = wrapped(usage_line(command, path), kScreenColumns - 7);
  text += joined(usage, "\n       ") + "\n";
  if (!command.description.empty()) text += "\n" + paragraphs(command.description);
  if (!command.inner.empty()) {
    text += "\nCommands:\n";
    for (const Command& inner : command.inner) {
      text += entry(inner.name, inner.summary, kCommandColumn);
    }
  }
  text += options_text(command, full);
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const std::string& example : command.examples) {
    text += std::string(kIndent) + example + "\n";
  }
  if (!command.exit_codes.empty()) text += "\nExit codes:\n";
  for (const ExitCode& code : command.exit_codes) text += entry(code.code, code.meaning, 9);
  const auto has_more = [](const Option& option) { return !option.more.empty(); };
  if (!full && std::any_of(command.options.begin(), command.options.end(), has_more)) {
    text += "\nholdfast help " + joined(path, " ") + " explains the options in full.\n";
  }
  return text;
}

}  // namespace holdfast
