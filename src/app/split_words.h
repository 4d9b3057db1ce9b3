// A command line that is given as one text: --self-test, --fleet-program, the command of a deploy
// file.
#pragma once

#include <string>
#include <vector>

namespace holdfast {

// At blanks, but not inside '...' or "...". Throws UsageError if a quote has no end.
std::vector<std::string> split_words(const std::string& text);

}  // namespace holdfast
