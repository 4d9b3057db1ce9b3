// "Did you mean …?" Pure.
#pragma once

#include <string>
#include <vector>

namespace holdfast {

// The one of `known` that `typed` is a slip of; empty if none is near enough.
std::string closest(const std::string& typed, const std::vector<std::string>& known);

// "; did you mean work?", or nothing.
std::string did_you_mean(const std::string& typed, const std::vector<std::string>& known);

}  // namespace holdfast
