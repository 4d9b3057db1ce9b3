// The results of many jobs as one table: a row a job, with its id, its fields and what its small
// results say. A result that is a JSON object gives a column for each of its values, one that holds
// a single value a column named as the file is, without its ending. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

class ResultTable {
 public:
  // Larger ones hold no single values that would fit into a cell.
  static constexpr std::uint64_t kResultBytesMax = 64 * 1024;

  class Row {
   public:
    // What a column has already stays.
    void set(const std::string& column, std::string value);
    // The fields of a job, as it was submitted.
    void add_job(const std::string& body);
    // The content of the file `path` of its result. What is no such value adds nothing.
    void add_result(const std::string& path, std::string_view content);

   private:
    friend class ResultTable;
    std::vector<std::pair<std::string, std::string>> cells_;
  };

  void add(Row row);

  // As CSV, the columns in the order in which they first came up, rows by their first cell.
  std::string csv() const;

 private:
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t> column_of_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace holdfast
