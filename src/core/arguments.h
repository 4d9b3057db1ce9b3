// Puts a job's fields into the command that a worker was given. Pure.
//
// `{steps}` stands for the job's field "steps". Doubled braces mean the text itself: `{{steps}}`
// becomes `{steps}`, and `{{{steps}}}` the value in braces. Every other brace stays as it is, so
// JSON and shell text pass unharmed. An argument stays one argument whatever a field holds.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// What Linux takes as one argument (MAX_ARG_STRLEN, zero byte included), and a part of what it
// takes in all beside the environment.
constexpr std::size_t kArgumentBytesMax = 128 * 1024 - 1;
constexpr std::size_t kArgumentsBytesMax = 1024 * 1024;

struct FilledArguments {
  std::vector<std::string> arguments;
  // Why the command cannot be made from this job, in one sentence that names the field; empty if
  // it can.
  std::string problem;
};

// `fields` are a job's fields as text. Never throws but for want of memory.
FilledArguments fill_arguments(const std::vector<std::string>& command,
                               const std::map<std::string, std::string>& fields);

}  // namespace holdfast
