// A group: jobs that were submitted together and are looked at, waited for and fetched together.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

constexpr std::size_t kGroupBytesMax = 100;

// A sentence that says why `text` is no group's name; empty if it is one. It has the characters of
// a job's id.
std::string what_is_wrong_with_group(std::string_view text);

// The group of a list's jobs unless somebody names another: its file's name without folder and
// ending. Empty for a list without a name.
std::string group_of_list(const std::string& list);

}  // namespace holdfast
