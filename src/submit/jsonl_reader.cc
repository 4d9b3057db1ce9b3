#include "submit/jsonl_reader.h"

#include <string_view>
#include <utility>
#include <variant>

#include "core/job.h"

namespace holdfast {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

std::vector<std::string> JsonlReader::fields() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : fields_) names.push_back(name);
  return names;
}

bool JsonlReader::read_line(std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  if (input_.peek() == TextInput::kEnd) return false;
  ++line_;
  for (int byte = input_.next(); byte != '\n' && byte != TextInput::kEnd; byte = input_.next()) {
    if (line.size() > kJobBytesMax) {
      too_long = true;
    } else {
      line += static_cast<char>(byte);
    }
  }
  return true;
}

Reading JsonlReader::next(ListedJob& job, ListFault& fault) {
  bool too_long = false;
  while (read_line(text_, too_long)) {
    const std::string_view text = trimmed(text_);
    if (text.empty()) continue;
    if (too_long) {
      fault = {line_, "the line is longer than the " + std::to_string(kJobBytesMax) +
                          " bytes allowed for a job; put large data in the store and its name in "
                          "the job"};
      return Reading::fault;
    }
    auto parsed = parse_job(text);
    if (const auto* bad = std::get_if<BadJob>(&parsed)) {
      fault = {line_, bad->reason};
      return Reading::fault;
    }
    auto& good = std::get<Job>(parsed);
    job.line = line_;
    job.id = good.id.text();
    job.body = std::move(good.body);
    fields_ = std::move(good.fields);
    return Reading::job;
  }
  return Reading::end;
}

}  // namespace holdfast
