#include "app/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "app/usage_error.h"
#include "base/file.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kFileBytesMax = 1024 * 1024;
constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (c < '0' || c > '9')) return false;
  }
  return true;
}

}  // namespace

Environment process_environment() {
  Environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Environment parse_environment(std::string_view text, const std::string& name) {
  constexpr std::string_view kExport = "export ";
  Environment variables;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with(kExport)) line = trimmed(line.substr(kExport.size()));
    const std::size_t equals = line.find('=');
    const std::string_view key = trimmed(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(key)) {
      throw UsageError(
          name + ", line " + std::to_string(number) +
          ": this line is not KEY=value; if Holdfast does not need it, put a # before it");
    }
    variables.insert_or_assign(std::string(key),
                               std::string(unquoted(trimmed(line.substr(equals + 1)))));
  }
  return variables;
}

std::string open_to_others(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if ((status.st_mode & (S_IRGRP | S_IROTH)) == 0) return {};
  return "other users of this machine can read " + file.string() +
         ", which may contain passwords; chmod 600 " + file.string() + " closes it";
}

Environment read_environment_file(const std::filesystem::path& file) {
  const auto text = read_file(file, kFileBytesMax);
  if (!text) {
    throw UsageError("there is no file " + file.string() + ", which --env-file names");
  }
  return parse_environment(*text, file.string());
}

}  // namespace holdfast
