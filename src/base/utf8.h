// Text from elsewhere, shown to a person: its characters, and nothing that a terminal obeys.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

// The length of the well-formed UTF-8 character at the beginning of `text`, which is not empty;
// 0 if there is none.
std::size_t character_length(std::string_view text);

// `text` with what a terminal would obey in place of showing it written out as \u001b: control
// characters but for line breaks and tabs, those of C1, and marks that turn or hide what follows.
// Bytes that are no UTF-8 become \xNN. A text of JSON stays one, and the same.
std::string visible(std::string_view text);

// The same on one line: line breaks and tabs become blanks.
std::string visible_line(std::string_view text);

}  // namespace holdfast
