#include "app/table.h"

#include <algorithm>

#include "app/terminal.h"
#include "base/check.h"
#include "base/utf8.h"

namespace holdfast {

namespace {

constexpr std::size_t kGap = 2;

std::size_t characters_in(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void add_line(const TableRow& row, const std::vector<std::size_t>& widths,
              std::optional<std::size_t> width, std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] + kGap - characters_in(row[i]), ' ');
  }
  text += (width ? cut_to_width(line, *width) : line) + "\n";
}

}  // namespace

std::string table(const TableRow& head, const std::vector<TableRow>& rows,
                  std::optional<std::size_t> width) {
  std::vector<TableRow> lines{head};
  for (const TableRow& row : rows) {
    check(row.size() == head.size(), "every row of a table has a cell for each column");
    lines.push_back(row);
    for (std::string& cell : lines.back()) cell = visible_line(cell);
  }
  std::vector<std::size_t> widths(head.size());
  for (const TableRow& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], characters_in(line[i]));
    }
  }
  std::string text;
  for (const TableRow& line : lines) add_line(line, widths, width, text);
  return text;
}

}  // namespace holdfast
