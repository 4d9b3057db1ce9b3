#include "core/input_rules.h"

#include <algorithm>

namespace holdfast {

namespace {

constexpr std::string_view kHttps = "https://";

bool is_below(std::string_view what, std::string_view place) {
  if (place.ends_with('/')) {
    return what.starts_with(place) || what == place.substr(0, place.size() - 1);
  }
  return what.starts_with(place) && (what.size() == place.size() || what[place.size()] == '/');
}

}  // namespace

std::string InputRules::add(std::string_view rule) {
  if (rule == "none") {
    none_ = true;
    return {};
  }
  if (rule == "https" || rule == kHttps) {
    any_host_ = true;
    return {};
  }
  const bool bucket = rule.starts_with("s3://") && rule.size() > 5;
  const bool host = rule.starts_with(kHttps);
  const bool folder = rule.starts_with("file:/");
  if (!bucket && !host && !folder) {
    return "is not a source of inputs; write s3://BUCKET/PREFIX, https, https://HOST/PATH, "
           "file:/FOLDER or none";
  }
  allow_own(rule);
  return {};
}

void InputRules::allow_own(std::string_view rule) {
  if (rule.starts_with("file:///")) rule.remove_prefix(7);
  std::string place(rule.starts_with('/') ? "file:" : "");
  places_.push_back(place.append(rule));
}

bool InputRules::names_host(std::string_view url) const {
  url = url.substr(0, url.find('?'));
  return std::any_of(places_.begin(), places_.end(), [url](const std::string& place) {
    return place.starts_with(kHttps) && is_below(url, place);
  });
}

bool InputRules::allows_url(std::string_view url) const {
  return url.starts_with(kHttps) && (any_host_ || names_host(url));
}

bool InputRules::allows(const InputSource& source) const {
  if (source.kind == InputSource::Kind::job) return !none_;
  if (none_) return false;
  if (source.kind == InputSource::Kind::web) return allows_url(source.path);
  const std::string text = shown(source);
  return std::any_of(places_.begin(), places_.end(),
                     [&](const std::string& place) { return is_below(text, place); });
}

std::string InputRules::refusal(const InputSource& source) const {
  if (allows(source)) return {};
  std::string rule = shown(source);
  if (source.kind == InputSource::Kind::web) {
    rule = rule.substr(0, rule.find('/', kHttps.size()));
  } else if (source.kind == InputSource::Kind::object || source.kind == InputSource::Kind::folder) {
    rule = "s3://" + source.place;
  } else if (source.kind == InputSource::Kind::file) {
    rule = "file:" + source.path.substr(0, std::max<std::size_t>(source.path.rfind('/'), 1));
  } else {
    rule = "another rule than none";
  }
  return "this worker takes no inputs from there; start workers with --allow-inputs " + rule +
         " if it should, then holdfast dead requeue";
}

}  // namespace holdfast
