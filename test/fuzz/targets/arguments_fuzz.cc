// The command behind two dashes, with a field that holds anything.
#include "base/check.h"
#include "core/arguments.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const std::size_t half = take_place(input);
  const std::vector<std::string> command = {std::string(input.substr(0, half)), "{a}"};
  const std::string value(input.substr(half));
  const FilledArguments filled = fill_arguments(command, {{"a", value}, {"steps", "5"}}, {});
  if (!filled.problem.empty()) return;
  check(filled.arguments.size() == command.size(), "an argument stays one argument");
  check(filled.arguments.back() == value, "a field is put in as it is");
}
