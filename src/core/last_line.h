// Why a program failed, in its own last words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// `detail`, such as "exit code 1", with what the code means where that is known and with the last
// line of `output_tail` that says something: at most kDetailBytesMax.
std::string with_last_line(const std::string& detail, std::optional<int> code,
                           std::string_view output_tail);

// The last line of `output` that says something, as much of it as can be shown on one line.
std::string shown_last_line(std::string_view output);

}  // namespace holdfast
