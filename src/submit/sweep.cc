#include "submit/sweep.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/digest.h"
#include "core/group.h"
#include "core/job.h"
#include "submit/json_text.h"

namespace holdfast {

namespace {

constexpr const char* kArrayField = "index";
constexpr std::size_t kDigestDigits = 8;
// Of the values in an id; the rest of it is for the prefix and the digest.
constexpr std::size_t kValuesBytesMax = 80;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// Values from `first` to `last`, which is one of them if the steps meet it.
std::string fill_range(std::int64_t first, std::int64_t last, std::int64_t step,
                       std::vector<std::string>& values) {
  if (step <= 0) return "has a step that is not above 0";
  if (last < first) return "ends before it begins";
  const auto steps = (static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first)) /
                     static_cast<std::uint64_t>(step);
  if (steps >= kSweptJobsMax) return "has more than 1,000,000 values";
  for (std::uint64_t i = 0; i <= steps; ++i) {
    values.push_back(std::to_string(first + static_cast<std::int64_t>(i) * step));
  }
  return {};
}

// nullopt if it is no range: then its parts are values.
std::optional<std::string> read_range(std::string_view text, std::vector<std::string>& values) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(dots + 2);
  const std::size_t more = rest.find("..");
  const auto first = whole_number(text.substr(0, dots));
  const auto last = whole_number(rest.substr(0, more));
  const auto step = more == std::string_view::npos ? std::optional<std::int64_t>(1)
                                                   : whole_number(rest.substr(more + 2));
  if (!first || !last || !step) return std::nullopt;
  return fill_range(*first, *last, *step, values);
}

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '+' || c == '@' || c == '~';
}

std::string id_of(const std::vector<SweptParameter>& parameters, const std::vector<std::size_t>& at,
                  const std::string& prefix) {
  std::string id;
  std::string exact;  // What no other combination has.
  bool changed = false;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& value = parameters[i].values[at[i]];
    std::string shown = value;
    for (char& c : shown) {
      if (plain(c)) continue;
      c = '_';
      changed = true;
    }
    id += (i == 0 ? "" : ":") + parameters[i].name + "=" + shown;
    exact += parameters[i].name + "=" + value + '\0';
  }
  if (id.size() > kValuesBytesMax) {
    id.resize(kValuesBytesMax);
    changed = true;
  }
  if (changed) id += "~" + sha256(exact).hex().substr(0, kDigestDigits);
  return prefix.empty() ? id : prefix + ":" + id;
}

}  // namespace

std::string read_sweep(const std::string& typed, SweptParameter& parameter) {
  const std::size_t equals = typed.find('=');
  if (equals == std::string::npos || equals == 0) {
    return "is not NAME=VALUES; write one such as lr=1e-3,1e-4 or seed=0..19";
  }
  parameter.name = typed.substr(0, equals);
  if (!std::ranges::all_of(parameter.name, plain) || parameter.name.front() == '.' ||
      parameter.name == "job_id") {
    return "has a name that a field of a sweep cannot have";
  }
  const std::string values = typed.substr(equals + 1);
  if (const auto wrong = read_range(values, parameter.values)) return *wrong;
  std::set<std::string> seen;
  for (std::size_t begin = 0; begin <= values.size();) {
    const std::size_t end = std::min(values.find(',', begin), values.size());
    const std::string value = values.substr(begin, end - begin);
    if (!is_utf8(value)) return "has a value that is not UTF-8";
    if (!seen.insert(value).second) return "has the value '" + value + "' twice";
    parameter.values.push_back(value);
    begin = end + 1;
  }
  return {};
}

std::string read_array(const std::string& typed, SweptParameter& parameter) {
  const std::size_t dash = typed.find('-', 1);
  const std::size_t colon = std::min(typed.find(':'), typed.size());
  const auto first = whole_number(std::string_view(typed).substr(0, dash));
  const auto last = dash == std::string::npos || colon < dash
                        ? std::nullopt
                        : whole_number(std::string_view(typed).substr(dash + 1, colon - dash - 1));
  const auto step = colon == typed.size() ? std::optional<std::int64_t>(1)
                                          : whole_number(std::string_view(typed).substr(colon + 1));
  if (!first || !last || !step) return "is not FIRST-LAST; write one such as 0-99, or 0-100:10";
  parameter.name = kArrayField;
  return fill_range(*first, *last, *step, parameter.values);
}

std::uint64_t swept_count(const std::vector<SweptParameter>& parameters) {
  std::uint64_t count = parameters.empty() ? 0 : 1;
  for (const SweptParameter& parameter : parameters) {
    count = std::min<std::uint64_t>(count * parameter.values.size(), kSweptJobsMax + 1);
  }
  return count;
}

void each_swept_job(const std::vector<SweptParameter>& parameters, const std::string& prefix,
                    const std::function<void(const ListedJob&)>& visit) {
  if (swept_count(parameters) == 0) return;
  std::vector<std::size_t> at(parameters.size(), 0);
  for (std::uint64_t line = 1;; ++line) {  // Ends with the last combination.
    ListedJob job;
    job.line = line;
    job.id = id_of(parameters, at, prefix);
    job.body = "{\"job_id\":";
    append_json_string(job.body, job.id);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string& value = parameters[i].values[at[i]];
      job.body += ',';
      append_json_string(job.body, parameters[i].name);
      job.body += ':';
      if (is_json_number(value)) {
        job.body += value;
      } else {
        append_json_string(job.body, value);
      }
    }
    job.body += '}';
    visit(job);
    std::size_t digit = parameters.size();
    while (digit > 0 && ++at[digit - 1] == parameters[digit - 1].values.size()) at[--digit] = 0;
    if (digit == 0) return;
  }
}

std::string name_of_sweep(const std::vector<SweptParameter>& parameters) {
  std::string name = "sweep";
  for (const SweptParameter& parameter : parameters) name += "-" + parameter.name;
  return name.substr(0, kGroupBytesMax);
}

}  // namespace holdfast
