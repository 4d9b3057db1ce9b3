// Jobs as JSON Lines: one JSON object a line, sent exactly as it stands there. Empty lines are
// skipped.
#pragma once

#include <map>
#include <string>

#include "submit/job_reader.h"
#include "submit/text_input.h"

namespace holdfast {

class JsonlReader final : public JobReader {
 public:
  explicit JsonlReader(TextInput input) : input_(std::move(input)) {}

  Reading next(ListedJob& job, ListFault& fault) override;
  bool has_field(const std::string& name) const override { return fields_.contains(name); }
  std::vector<std::string> fields() const override;

 private:
  // False at the end. A line that is longer than a job may be is cut, and `too_long` says so.
  bool read_line(std::string& line, bool& too_long);

  TextInput input_;
  std::uint64_t line_ = 0;
  std::string text_;
  std::map<std::string, std::string> fields_;
};

}  // namespace holdfast
