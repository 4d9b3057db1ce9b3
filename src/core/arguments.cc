#include "core/arguments.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/job_input.h"

namespace holdfast {

namespace {

bool begins_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool continues_input_name(char c) {
  return continues_name(c) || std::string_view("=@+:~").find(c) != std::string_view::npos;
}

std::size_t count_leading(std::string_view text, char c) {
  return std::min(text.find_first_not_of(c), text.size());
}

// A name in one or more pairs of braces, at the beginning of a text.
struct Placeholder {
  std::string_view name;
  std::size_t unpaired = 0;  // Opening braces before it that no closing one answers.
  std::size_t pairs = 0;
  std::size_t length = 0;  // Of all of it, the unpaired ones included.
};

// Where the name at the beginning of `text` ends.
std::size_t name_length(std::string_view text) {
  const std::size_t prefix = text.starts_with(kInputField) ? kInputField.size() : 0;
  const auto end = std::find_if_not(text.begin() + prefix, text.end(),
                                    prefix > 0 ? continues_input_name : continues_name);
  return static_cast<std::size_t>(end - text.begin());
}

std::optional<Placeholder> placeholder_at(std::string_view text) {
  const std::size_t opening = count_leading(text, '{');
  const std::string_view rest = text.substr(opening);
  if (opening == 0 || rest.empty() || !begins_name(rest.front())) return std::nullopt;
  const std::string_view name = rest.substr(0, name_length(rest));
  const std::size_t pairs = std::min(opening, count_leading(rest.substr(name.size()), '}'));
  if (pairs == 0) return std::nullopt;
  return Placeholder{name, opening - pairs, pairs, opening + name.size() + pairs};
}

// Gives `argument` with each name that stands in an odd number of pairs replaced by what `value_of`
// says, and each doubled pair halved. One pair behind a dollar sign is a variable of the shell.
std::string fill(std::string_view argument,
                 const std::function<std::string(const std::string& name)>& value_of) {
  std::string filled;
  bool behind_dollar = false;
  while (!argument.empty()) {
    const std::optional<Placeholder> found = placeholder_at(argument);
    if (!found) {
      const std::size_t plain = std::max<std::size_t>(count_leading(argument, '{'), 1);
      const std::size_t length = std::min(argument.find('{', plain), argument.size());
      filled += argument.substr(0, length);
      behind_dollar = argument[length - 1] == '$';
      argument.remove_prefix(length);
      continue;
    }
    const bool of_the_shell = behind_dollar && found->unpaired == 0 && found->pairs == 1;
    behind_dollar = false;
    if (of_the_shell) {
      filled += argument.substr(0, found->length);
      argument.remove_prefix(found->length);
      continue;
    }
    const bool stands_for_value = found->pairs % 2 == 1;
    const std::string name(found->name);
    filled.append(found->unpaired + found->pairs / 2, '{');
    filled += stands_for_value ? value_of(name) : name;
    filled.append(found->pairs / 2, '}');
    argument.remove_prefix(found->length);
  }
  return filled;
}

}  // namespace

FilledArguments fill_arguments(const std::vector<std::string>& command, const Fields& fields,
                               const Fields& attempt) {
  FilledArguments result;
  const auto value_of = [&](const std::string& name) -> std::string {
    if (!result.problem.empty()) return {};  // The first one is told.
    // What the job says of an input is where it comes from; the command wants to know where it is.
    const bool input = name.starts_with(kInputField);
    auto field = input ? fields.end() : fields.find(name);
    if (field == fields.end()) {
      field = attempt.find(name);
      if (field == attempt.end()) {
        result.problem = input ? "the job has no input \"" + name.substr(kInputField.size()) +
                                     "\", which the command asks for with {" + name + "}"
                               : "the job has no field \"" + name +
                                     "\", which the command asks for with {" + name +
                                     "} (write {{" + name + "}} if you mean the text itself)";
        return {};
      }
    }
    if (field->second.find('\0') != std::string::npos) {
      result.problem = "the job's field \"" + name +
                       "\" contains a zero byte, which no command argument can contain";
      return {};
    }
    return field->second;
  };
  std::size_t total_bytes = 0;
  for (const std::string& argument : command) {
    result.arguments.push_back(fill(argument, value_of));
    total_bytes += result.arguments.back().size();
    if (!result.problem.empty()) break;
    if (result.arguments.back().size() > kArgumentBytesMax || total_bytes > kArgumentsBytesMax) {
      result.problem =
          "the job's fields make the command longer than the system allows; let the "
          "program read them from HOLDFAST_JOB_FILE";
    }
  }
  if (!result.problem.empty()) result.arguments.clear();
  return result;
}

std::string missing_field(const std::vector<std::string>& command, const Fields& fields) {
  for (const std::string& name : fields_asked_for(command)) {
    if (!fields.contains(name)) return name;
  }
  return {};
}

std::set<std::string> fields_asked_for(const std::vector<std::string>& command) {
  std::set<std::string> names;
  const auto note = [&](const std::string& name) {
    if (std::find(kAttemptFields.begin(), kAttemptFields.end(), name) == kAttemptFields.end()) {
      names.insert(name);
    }
    return std::string();
  };
  for (const std::string& argument : command) static_cast<void>(fill(argument, note));
  return names;
}

}  // namespace holdfast
