#include "core/group.h"

#include <array>

#include "core/job.h"

namespace holdfast {

std::string what_is_wrong_with_group(std::string_view text) {
  if (text.empty()) return "the name of the group is empty";
  if (text.size() > kGroupBytesMax) {
    return "the name of the group has " + std::to_string(text.size()) + " bytes, more than the " +
           std::to_string(kGroupBytesMax) + " allowed";
  }
  if (JobId::parse(text)) return {};
  return "the group \"" + std::string(text) +
         "\" has a character that is not allowed; use letters, digits and . _ - = @ + : ~, and no "
         "dot at the beginning";
}

std::string group_of_list(const std::string& list) {
  constexpr std::array<std::string_view, 3> kEndings = {".csv", ".jsonl", ".ndjson"};
  if (list == "-") return {};
  std::string name = list.substr(list.rfind('/') + 1);
  for (const std::string_view ending : kEndings) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
      break;
    }
  }
  for (char& c : name) {
    if (!JobId::parse("x" + std::string(1, c))) c = '_';
  }
  if (name.starts_with('.')) name.front() = '_';
  return name.substr(0, kGroupBytesMax);
}

}  // namespace holdfast
