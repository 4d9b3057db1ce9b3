// Jobs as CSV (RFC 4180): a header with the fields' names, then one job a row.
//
//   job_id,steps,model          {"job_id":"job-0","steps":600,"model":"v2"}
//   job-0,600,v2
//
// A cell that is spelled like a JSON number becomes that number, exactly as written; all else is
// text, and so is job_id always; an empty cell is an empty text. Empty lines are skipped.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "submit/job_reader.h"
#include "submit/text_input.h"

namespace holdfast {

class CsvReader final : public JobReader {
 public:
  static constexpr std::size_t kColumnsMax = 1000;

  explicit CsvReader(TextInput input) : input_(std::move(input)) {}

  Reading next(ListedJob& job, ListFault& fault) override;
  bool has_field(const std::string& name) const override { return names_.contains(name); }
  std::vector<std::string> fields() const override { return {names_.begin(), names_.end()}; }

 private:
  // One row's cells, kept to use their memory again.
  struct Row {
    std::vector<std::string> cells;
    std::size_t count = 0;  // The first `count` cells are of this row.
    std::size_t bytes = 0;
    std::uint64_t line = 0;
    std::string fault;
  };

  // False at the end of the list.
  bool read_row();
  void read_cell();
  void read_quoted_cell(std::string& cell);
  void add(std::string& cell, int byte);
  void skip_rest_of_line();

  // What is wrong with the header; empty if it is good.
  std::string read_header();
  // What is wrong with the row; empty if `job` holds its job.
  std::string make_job(ListedJob& job) const;

  TextInput input_;
  std::uint64_t line_ = 0;
  Row row_;
  std::set<std::string> names_;    // Of the columns.
  std::vector<std::string> keys_;  // Of the columns, as JSON: "steps":
  std::size_t id_column_ = 0;
  bool header_read_ = false;
  bool ended_ = false;
};

}  // namespace holdfast
