#include "submit/csv_reader.h"

#include <set>
#include <string_view>
#include <utility>

#include "core/job.h"
#include "submit/json_text.h"

namespace holdfast {

namespace {

constexpr std::string_view kIdColumn = "job_id";
constexpr std::size_t kColumnsShown = 8;

bool ends_line(int byte) {
  return byte == '\n' || byte == TextInput::kEnd;
}

bool looks_like_json(const std::string& cell) {
  return cell.starts_with('{') || cell.starts_with('[');
}

// Why a header may have no such column.
std::string guess_at(const std::string& first_cell) {
  for (const auto& [separator, name] : {std::pair(';', "semicolons"), std::pair('\t', "tabs")}) {
    if (first_cell.find(separator) != std::string::npos)
      return std::string("its columns are separated by ") + name + ", and must be by commas";
  }
  return "the first line of a CSV list must be the header";
}

}  // namespace

bool CsvReader::read_row() {
  row_.count = 0;
  row_.bytes = 0;
  row_.fault.clear();
  while (input_.peek() == '\n' || input_.peek() == '\r') {
    if (input_.next() == '\n') ++line_;
  }
  if (input_.peek() == TextInput::kEnd) return false;
  row_.line = ++line_;
  for (;;) {  // Ends with the row: every turn takes a cell and what separates it from the next.
    read_cell();
    if (!row_.fault.empty()) {
      skip_rest_of_line();
      return true;
    }
    if (input_.peek() == '\r') static_cast<void>(input_.next());
    const int separator = input_.next();
    if (ends_line(separator)) return true;
    if (separator != ',') {
      row_.fault = "there is text after a closing quote; write a quote inside a cell twice";
      skip_rest_of_line();
      return true;
    }
  }
}

void CsvReader::read_cell() {
  if (row_.count == kColumnsMax) {
    row_.fault = "the row has more than " + std::to_string(kColumnsMax) + " cells";
    return;
  }
  if (row_.count == row_.cells.size()) row_.cells.emplace_back();
  std::string& cell = row_.cells[row_.count++];
  cell.clear();
  if (input_.peek() == '"') {
    read_quoted_cell(cell);
    return;
  }
  for (int byte = input_.peek(); byte != ',' && !ends_line(byte); byte = input_.peek()) {
    static_cast<void>(input_.next());
    if (byte == '\r' && ends_line(input_.peek())) return;
    add(cell, byte);
    if (!row_.fault.empty()) return;
  }
}

void CsvReader::read_quoted_cell(std::string& cell) {
  static_cast<void>(input_.next());
  for (int byte = input_.next(); byte != TextInput::kEnd; byte = input_.next()) {
    if (byte == '"') {
      if (input_.peek() != '"') return;
      static_cast<void>(input_.next());
    }
    if (byte == '\n') ++line_;
    add(cell, byte);
    if (!row_.fault.empty()) {
      row_.fault += ", or a quote is not closed";
      return;
    }
  }
  row_.fault = "a quote is opened here and never closed";
}

void CsvReader::add(std::string& cell, int byte) {
  if (++row_.bytes > kJobBytesMax) {
    row_.fault =
        "the row is longer than the " + std::to_string(kJobBytesMax) + " bytes allowed for a job";
    return;
  }
  cell += static_cast<char>(byte);
}

void CsvReader::skip_rest_of_line() {
  while (!ends_line(input_.next())) {
    // A line comes to an end.
  }
}

std::string CsvReader::read_header() {
  if (!read_row())
    return "the list is empty; its first line must name the columns, job_id among them";
  if (!row_.fault.empty()) return row_.fault;
  if (looks_like_json(row_.cells[0])) {
    return "the list is JSON, which is read only from a file called .jsonl, with one object a "
           "line, without brackets around them or commas between them";
  }
  std::string shown;
  bool id_found = false;
  for (std::size_t column = 0; column < row_.count; ++column) {
    const std::string& name = row_.cells[column];
    const std::string place = "column " + std::to_string(column + 1);
    if (name.empty()) return place + " has no name in the header";
    if (!is_utf8(name)) return "the header is not UTF-8 in " + place;
    if (!names_.insert(name).second) return "the header names the column '" + name + "' twice";
    if (column < kColumnsShown) shown += (column == 0 ? "'" : ", '") + name + "'";
    if (name == kIdColumn) {
      id_column_ = column;
      id_found = true;
    }
    std::string key;
    append_json_string(key, name);
    keys_.push_back(key + ":");
  }
  if (row_.count > kColumnsShown) shown += ", ...";
  if (id_found) return {};
  return "the header has no column job_id, which names each job; it has " + shown + " (" +
         guess_at(row_.cells[0]) + ")";
}

std::string CsvReader::make_job(ListedJob& job) const {
  if (row_.count != keys_.size()) {
    return "the row has " + std::to_string(row_.count) + (row_.count == 1 ? " cell" : " cells") +
           " and the header " + std::to_string(keys_.size());
  }
  const std::string& id = row_.cells[id_column_];
  const std::string wrong = JobId::what_is_wrong(id);
  if (!wrong.empty()) return wrong;

  job.line = row_.line;
  job.id = id;
  job.body = "{";
  for (std::size_t column = 0; column < row_.count; ++column) {
    const std::string& cell = row_.cells[column];
    if (job.body.size() > 1) job.body += ',';
    job.body += keys_[column];
    if (column != id_column_ && is_json_number(cell)) {
      job.body += cell;
    } else if (is_utf8(cell)) {
      append_json_string(job.body, cell);
    } else {
      return "the cell in column " + std::to_string(column + 1) +
             " is not UTF-8; save the list with that encoding";
    }
  }
  job.body += '}';
  if (job.body.size() > kJobBytesMax) {
    return "the job has " + std::to_string(job.body.size()) + " bytes, more than the " +
           std::to_string(kJobBytesMax) + " allowed";
  }
  return {};
}

Reading CsvReader::next(ListedJob& job, ListFault& fault) {
  if (ended_) return Reading::end;
  if (!header_read_) {
    header_read_ = true;
    if (std::string wrong = read_header(); !wrong.empty()) {
      // Without a header no row means anything.
      ended_ = true;
      fault = {std::max<std::uint64_t>(row_.line, 1), std::move(wrong)};
      return Reading::fault;
    }
  }
  if (!read_row()) {
    ended_ = true;
    return Reading::end;
  }
  std::string wrong = row_.fault.empty() ? make_job(job) : row_.fault;
  if (wrong.empty()) return Reading::job;
  fault = {row_.line, std::move(wrong)};
  return Reading::fault;
}

}  // namespace holdfast
