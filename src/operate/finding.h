// One thing that `holdfast doctor` found out: what was looked at, how it is, and what to do.
#pragma once

#include <string>
#include <vector>

namespace holdfast {

enum class Verdict {
  ok,
  note,  // Worth knowing; nothing is wrong.
  warn,  // Works, and costs something.
  bad,   // Jobs cannot run, or could be lost.
};

struct Finding {
  std::string check;  // "broker.login": stays the same from version to version.
  Verdict verdict = Verdict::ok;
  std::string text;  // A sentence without a full stop.
  std::string cure;  // Likewise; empty if there is nothing to do.
};

using Findings = std::vector<Finding>;

inline bool any_bad(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::bad) return true;
  }
  return false;
}

}  // namespace holdfast
