// A JSON object as the cells of a table's row.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

// Its values in their order: {"a":{"b":1},"c":[2]} gives a.b = 1 and c = [2]. Empty if `text` is no
// JSON object.
std::vector<std::pair<std::string, std::string>> flat_values(std::string_view text);

// "text" in quotes without them, all else as it is.
std::string single_value(std::string_view text);

}  // namespace holdfast
