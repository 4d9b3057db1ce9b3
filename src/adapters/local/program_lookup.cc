#include "adapters/local/program_lookup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::size_t kFirstLineMax = 256;
constexpr std::string_view kElfMagic = "\177ELF";

enum class Fitness { executable, absent, directory, not_executable };

Fitness fitness(const std::filesystem::path& program) {
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) {
    return errno == EACCES ? Fitness::not_executable : Fitness::absent;
  }
  if (S_ISDIR(status.st_mode)) return Fitness::directory;
  return ::access(program.c_str(), X_OK) == 0 ? Fitness::executable : Fitness::not_executable;
}

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
  throw Error(ErrorKind::machine, "cannot start " + name + ": " + reason);
}

// Somebody put the program and its arguments into the same quotes.
std::string advice_for(const std::string& name) {
  if (name.find(' ') == std::string::npos) return {};
  return ". A program and its arguments are words of their own: write -- " + name +
         " without quotes around all of it, or give it to a shell: -- sh -c '" + name + "'";
}

std::string beginning_of(const std::filesystem::path& program) {
  std::array<char, 4> bytes{};
  std::ifstream file(program, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  return std::string(bytes.data(), static_cast<std::size_t>(file.gcount()));
}

// The first executable file called `name` in the folders of `search_path`.
std::filesystem::path find_in_search_path(const std::string& name,
                                          const std::filesystem::path& directory,
                                          std::string_view search_path) {
  std::optional<std::filesystem::path> not_executable;
  for (std::size_t begin = 0; begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    // An empty entry means the current directory, to a shell too.
    const std::filesystem::path program = directory / search_path.substr(begin, end - begin) / name;
    switch (fitness(program)) {
      case Fitness::executable:
        return program.lexically_normal();
      case Fitness::not_executable:
        if (!not_executable) not_executable = program;
        break;
      case Fitness::absent:
      case Fitness::directory:
        break;
    }
    begin = end + 1;
  }
  if (not_executable) {
    refuse(name, not_executable->string() + " is not executable (chmod +x makes it so)");
  }
  refuse(name,
         "there is no such program in PATH (" + std::string(search_path) + ")" + advice_for(name));
}

}  // namespace

std::filesystem::path find_program(const std::string& name, const std::filesystem::path& directory,
                                   std::string_view search_path) {
  if (name.empty()) throw Error(ErrorKind::machine, "cannot start the task: no program is named");
  if (name.find('/') == std::string::npos) {
    return find_in_search_path(name, directory, search_path);
  }
  const std::filesystem::path program = (directory / name).lexically_normal();
  switch (fitness(program)) {
    case Fitness::executable:
      break;
    case Fitness::absent:
      refuse(name, "there is no file " + program.string() + advice_for(name));
    case Fitness::directory:
      refuse(name, program.string() + " is a directory");
    case Fitness::not_executable:
      refuse(name, program.string() + " is not executable (chmod +x makes it so)");
  }
  return program;
}

std::string what_is_wrong_with(const std::filesystem::path& program) {
  std::ifstream file(program, std::ios::binary);
  std::string line(kFirstLineMax, '\0');
  file.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(file.gcount()));
  if (line.starts_with(kElfMagic)) return {};
  const std::string name = program.string();
  if (!line.starts_with("#!")) {
    // Anything else may be run by what the machine has registered for it.
    const bool is_text = std::all_of(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t' || c == '\r';
    });
    return is_text ? why_not_executed(program, ENOEXEC) : std::string();
  }
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) {
    return name +
           " has Windows line endings, so its interpreter is not found: " + "sed -i 's/\\r$//' " +
           name + " mends it";
  }
  const std::size_t begin = line.find_first_not_of(" \t", 2);
  if (begin == std::string::npos) return {};
  const std::string interpreter = line.substr(begin, line.find_first_of(" \t", begin) - begin);
  if (interpreter.front() != '/' || ::access(interpreter.c_str(), X_OK) == 0) return {};
  return name + " names the interpreter " + interpreter + ", which does not exist";
}

std::string why_not_executed(const std::filesystem::path& program, int error_number) {
  const std::string file = program.string();
  switch (error_number) {
    case ENOEXEC:
      return beginning_of(program) == kElfMagic
                 ? file + " is a program for another kind of machine"
                 : file +
                       " is neither a program nor a script that names its interpreter: begin it "
                       "with a line like #!/bin/sh, or name the interpreter in the command";
    case ENOENT:
      return "the interpreter or loader that " + file + " names does not exist";
    case EACCES:
      return file + " cannot be executed here (no permission, or a file system mounted noexec)";
    case E2BIG:
      return "its arguments and environment are larger than the system allows";
    default:
      return file + ": " + std::generic_category().message(error_number);
  }
}

}  // namespace holdfast
