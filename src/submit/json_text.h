// Cells of a table as JSON text, without a JSON library: the one thing that is done for every cell
// of a long list. Pure.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// Whether `text` is spelled like a JSON number that a reader can hold: so 600, -1.5 and 1e3, but
// not 007, +1, .5 or 1e999.
bool is_json_number(std::string_view text);

bool is_utf8(std::string_view text);

// Appends `text`, which is UTF-8, in quotes.
void append_json_string(std::string& json, std::string_view text);

}  // namespace holdfast
