// Text in columns, as wide as what stands in them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

using TableRow = std::vector<std::string>;

// Lines with their ends; `rows` have as many cells as `head`. Line breaks and other control
// characters in cells become blanks. With a `width`, lines are cut to it.
std::string table(const TableRow& head, const std::vector<TableRow>& rows,
                  std::optional<std::size_t> width);

}  // namespace holdfast
