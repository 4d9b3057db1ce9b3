// Variables from the process environment or a file of KEY=value lines, such as a worker.env.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace holdfast {

using Environment = std::map<std::string, std::string>;

Environment process_environment();

// KEY=value a line, as shells and Docker write it: comments and empty lines are skipped, a leading
// `export ` and one pair of quotes around the value are taken off. Throws UsageError with the
// line's number, and never with what stands there: it may be a secret.
Environment parse_environment(std::string_view text, const std::string& name);

// A sentence if others than its owner may read such a file, which may hold passwords; else empty.
std::string open_to_others(const std::filesystem::path& file);

// As above, from a file.
Environment read_environment_file(const std::filesystem::path& file);

}  // namespace holdfast
