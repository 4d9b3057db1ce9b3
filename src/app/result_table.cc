#include "app/result_table.h"

#include <algorithm>
#include <utility>

#include "app/flat_json.h"
#include "core/job.h"
#include "submit/json_text.h"

namespace holdfast {

namespace {

std::string name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const bool ending =
      dot != std::string::npos && dot > 0 && (slash == std::string::npos || dot > slash + 1);
  return ending ? path.substr(0, dot) : path;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string cell(const std::string& value) {
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string line(const std::vector<std::string>& cells, std::size_t width) {
  std::string text;
  for (std::size_t i = 0; i < width; ++i) {
    if (i > 0) text += ',';
    if (i < cells.size()) text += cell(cells[i]);
  }
  return text + "\n";
}

}  // namespace

void ResultTable::Row::set(const std::string& column, std::string value) {
  const bool there = std::ranges::any_of(
      cells_, [&](const auto& cell_there) { return cell_there.first == column; });
  if (!there) cells_.emplace_back(column, std::move(value));
}

void ResultTable::Row::add_job(const std::string& body) {
  // Numbers as they were written.
  const auto parsed = parse_job(body);
  const auto* job = std::get_if<Job>(&parsed);
  for (auto& [name, value] : flat_values(body)) {
    const bool as_written = job != nullptr && job->fields.contains(name);
    set(name, as_written ? job->fields.at(name) : std::move(value));
  }
}

void ResultTable::Row::add_result(const std::string& path, std::string_view content) {
  if (content.size() > kResultBytesMax) return;
  const std::string name = name_of(path);
  const std::string_view text = trimmed(content);
  if (text.starts_with('{')) {
    for (auto& [key, value] : flat_values(text)) {
      const bool taken = std::ranges::any_of(
          cells_, [&](const auto& cell_there) { return cell_there.first == key; });
      set(taken ? name + "." + key : key, std::move(value));
    }
    return;
  }
  const bool single = !text.empty() && !text.starts_with('[') &&
                      text.find_first_of("\r\n") == std::string_view::npos && is_utf8(text);
  if (single) set(name, single_value(text));
}

void ResultTable::add(Row row) {
  std::vector<std::string> cells;
  for (auto& [column, value] : row.cells_) {
    const auto [found, added] = column_of_.emplace(column, columns_.size());
    if (added) columns_.push_back(column);
    if (cells.size() <= found->second) cells.resize(found->second + 1);
    cells[found->second] = std::move(value);
  }
  rows_.push_back(std::move(cells));
}

std::string ResultTable::csv() const {
  std::vector<const std::vector<std::string>*> rows;
  for (const auto& row : rows_) rows.push_back(&row);
  std::ranges::stable_sort(rows, [](const auto* a, const auto* b) {
    return (a->empty() ? "" : a->front()) < (b->empty() ? "" : b->front());
  });
  std::string text = line(columns_, columns_.size());
  for (const auto* row : rows) text += line(*row, columns_.size());
  return text;
}

}  // namespace holdfast
