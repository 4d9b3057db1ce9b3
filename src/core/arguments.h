// Puts a job's fields into the command that a worker was given. Pure.
//
// `{steps}` stands for the job's field "steps"; where the job has none, `{checkpoint_dir}`,
// `{output_dir}`, `{attempt}` and `{slot}` stand for what the attempt was given, and
// `{input:NAME}` for the path of an input. Doubled braces mean the text itself: `{{steps}}` becomes
// `{steps}`, and `{{{steps}}}` the value in braces.
// `${steps}` is the shell's and stays. So does every other brace: JSON and shell text pass
// unharmed. An argument stays one argument whatever a field holds.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// What Linux takes as one argument (MAX_ARG_STRLEN, zero byte included), and a part of what it
// takes in all beside the environment.
constexpr std::size_t kArgumentBytesMax = 128 * 1024 - 1;
constexpr std::size_t kArgumentsBytesMax = 1024 * 1024;

using Fields = std::map<std::string, std::string>;

// Names that stand for something in every attempt.
inline constexpr std::array<std::string_view, 4> kAttemptFields = {"checkpoint_dir", "output_dir",
                                                                   "attempt", "slot"};

struct FilledArguments {
  std::vector<std::string> arguments;
  // Why the command cannot be made from this job, in one sentence that names the field; empty if
  // it can.
  std::string problem;
};

// `fields` are a job's fields as text, `attempt` the values of kAttemptFields and of inputs. Never
// throws but for want of memory.
FilledArguments fill_arguments(const std::vector<std::string>& command, const Fields& fields,
                               const Fields& attempt);

// One that the command asks for and the job lacks; empty if it lacks none.
std::string missing_field(const std::vector<std::string>& command, const Fields& fields);

// The fields that a job must have for this command, each once.
std::set<std::string> fields_asked_for(const std::vector<std::string>& command);

}  // namespace holdfast
