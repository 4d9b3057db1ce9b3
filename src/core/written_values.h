// The values of a job as they are written in its JSON, digit for digit. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace holdfast {

// By field: texts as they are, all else as it is written. `body` is known to be a JSON object.
std::map<std::string, std::string> written_values(std::string_view body);

// `body`, which is a job, with the field `name` as `value`, which is JSON; all else stays as it is
// written.
std::string with_field(std::string_view body, const std::string& name, const std::string& value);

}  // namespace holdfast
