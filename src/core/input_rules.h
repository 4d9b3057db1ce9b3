// From where a worker takes the inputs of jobs. Submitters must not get, through the worker, data
// that only the worker can reach. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/job_input.h"

namespace holdfast {

class InputRules {
 public:
  // As --allow-inputs has it: `s3://BUCKET[/PREFIX]`, `https` (any public host),
  // `https://HOST[:PORT][/PATH]`, `file:/FOLDER`; `none`: not even those that are always allowed,
  // which allow_own() names. A sentence that says what is wrong; empty if the rule is good.
  std::string add(std::string_view rule);
  // Always allowed, unless there is the rule `none`: the fleet's own store.
  void allow_own(std::string_view rule);
  bool none() const noexcept { return none_; }

  // Why an input is not taken, in one sentence that says what to do; empty if it is.
  std::string refusal(const InputSource& source) const;
  // Whether a host is named itself, so that it may be one of the worker's own network.
  bool names_host(std::string_view url) const;
  bool allows_url(std::string_view url) const;

 private:
  bool allows(const InputSource& source) const;

  std::vector<std::string> places_;  // As typed, with a '/' at the end of what is a folder.
  bool any_host_ = false;
  bool none_ = false;
};

}  // namespace holdfast
