#include <algorithm>

#include "app/command_line/help_text.h"
#include "app/version.h"

namespace holdfast {

namespace {

// What man(7) would take for its own: backslashes, hyphens, and a dot or quote at the beginning.
std::string roff(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
    line_begins = c == '\n';
  }
  return result;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string head(const std::string& name, const std::string& summary) {
  return ".TH \"" + roff(upper(name)) + "\" 1 \"\" \"holdfast " + roff(version()) +
         "\" \"Holdfast\"\n.SH NAME\n" + roff(name) + " \\- " + roff(summary) + "\n";
}

std::string paragraphs(const std::string& text) {
  std::string result;
  for (const char c : roff(text)) {
    result += c;
    if (c == '\n') result += ".PP\n";
  }
  return result + "\n";
}

std::string option_text(const Option& option) {
  std::string text = ".TP\n\\fB" + roff(option.name) + "\\fR";
  if (!option.is_argument() && !option.is_flag()) {
    text += " \\fI" + roff(option.value.placeholder) + "\\fR";
  }
  text += "\n" + roff(option_sentence(option)) + ".";
  if (!option.more.empty()) text += "\n" + roff(option.more);
  return text + "\n";
}

std::string options_text(const Command& command) {
  std::string text;
  const auto section = [&](Group group, bool arguments, std::string_view heading) {
    std::string part;
    for (const Option& option : command.options) {
      if (option.group == group && option.is_argument() == arguments) part += option_text(option);
    }
    if (!part.empty()) text += ".SH " + upper(roff(heading)) + "\n" + part;
  };
  section(Group::own, true, "Arguments");
  for (const Group group : kGroups) section(group, false, title(group));
  return text;
}

std::string command_page(const Command& command, const Words& path) {
  std::string text = head("holdfast-" + joined(path, "-"), command.summary);
  text += ".SH SYNOPSIS\n" + roff(usage_line(command, path)) + "\n";
  if (!command.description.empty()) {
    text += ".SH DESCRIPTION\n" + paragraphs(command.description);
  }
  if (!command.inner.empty()) text += ".SH COMMANDS\n";
  for (const Command& inner : command.inner) {
    text += ".TP\n\\fB" + roff(inner.name) + "\\fR\n" + roff(inner.summary) + ".\n";
  }
  text += options_text(command);
  if (!command.examples.empty()) {
    text += ".SH EXAMPLES\n.EX\n" + roff(joined(command.examples, "\n")) + "\n.EE\n";
  }
  if (!command.exit_codes.empty()) text += ".SH EXIT STATUS\n";
  for (const ExitCode& code : command.exit_codes) {
    text += ".TP\n" + roff(code.code) + "\n" + roff(code.meaning) + ".\n";
  }
  return text + ".SH SEE ALSO\n.BR holdfast (1)\n";
}

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

void add_reference(std::string& text, const Command& command, Words path) {
  path.push_back(command.name);
  text += "\n## holdfast " + joined(path, " ") + "\n\n" + command.summary + ".\n\n```\n" +
          usage_line(command, path) + "\n```\n";
  if (!command.description.empty()) {
    text += "\n";
    for (const char c : command.description)
      text += c == '\n' ? std::string("\n\n") : std::string(1, c);
    text += "\n";
  }
  if (!command.options.empty()) text += "\n| option | meaning | default |\n|---|---|---|\n";
  const auto rows = [&](Group group, bool arguments) {
    for (const Option& option : command.options) {
      if (option.group != group || option.is_argument() != arguments) continue;
      std::string name = option.name;
      if (!option.is_argument() && !option.is_flag()) name += " " + option.value.placeholder;
      text += "| `" + cell(name) + "` | " + cell(option.help) + "." +
              (option.more.empty() ? "" : " " + cell(option.more)) + " | " + cell(option.usual) +
              " |\n";
    }
  };
  rows(Group::own, true);
  for (const Group group : kGroups) rows(group, false);
  if (!command.examples.empty()) {
    text += "\n```\n" + joined(command.examples, "\n") + "\n```\n";
  }
  if (!command.exit_codes.empty()) text += "\n| exit code | meaning |\n|---|---|\n";
  for (const ExitCode& code : command.exit_codes) {
    text += "| " + code.code + " | " + cell(code.meaning) + " |\n";
  }
  for (const Command& inner : command.inner) add_reference(text, inner, path);
}

}  // namespace

std::string man_page(const std::vector<Command>& commands, const Words& path) {
  if (!path.empty()) return command_page(*find_command(commands, path), path);
  std::string text = head("holdfast", "run long jobs on machines that may vanish");
  text +=
      ".SH SYNOPSIS\nholdfast COMMAND [OPTIONS]\n.SH DESCRIPTION\n"
      "Runs a list of jobs on this machine, or on a fleet with a RabbitMQ broker and an S3 "
      "bucket, and never loses a job or a checkpoint.\n.SH COMMANDS\n";
  for (const Command& command : commands) {
    text +=
        ".TP\n\\fBholdfast\\-" + roff(command.name) + "\\fR(1)\n" + roff(command.summary) + ".\n";
  }
  return text;
}

std::string reference_page(const std::vector<Command>& commands) {
  std::string text =
      "# Command line reference\n\nEvery command with every option, as `holdfast man --markdown` "
      "prints it.\n\nDurations are written `300ms`, `90s`, `5m`, `1h30m`, `1.5h` or `2d`; sizes "
      "`500MB` (powers of ten) or `20GiB` (powers of two); rates `10GB/h`, `3MB/s` or "
      "`100Mbit/s`.\n";
  for (const Command& command : commands) add_reference(text, command, {});
  return text;
}

}  // namespace holdfast
