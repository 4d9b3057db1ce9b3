// Finds the program that a command names, as a shell would, and says in words why one cannot run.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace holdfast {

// The absolute path of the executable file that `name` means: a name with a slash is taken from
// `directory`, any other is looked up in the colon-separated `search_path`. Error (machine) if
// there is none or it cannot be executed.
std::filesystem::path find_program(const std::string& name, const std::filesystem::path& directory,
                                   std::string_view search_path);

// What is wrong with `program`, which is executable, as far as its first line says; empty if
// nothing is: Windows line ends, an interpreter that is not there, text without an interpreter.
std::string what_is_wrong_with(const std::filesystem::path& program);

// Why execve() refused `program` with `error_number`, and what to do about it.
std::string why_not_executed(const std::filesystem::path& program, int error_number);

}  // namespace holdfast
