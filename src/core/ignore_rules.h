// Which files of a checkpoint directory are left out, in the syntax of gitignore. Pure.
//
//   cache/        a folder of that name, anywhere      /log.txt     only at the top
//   *.tmp         by name, anywhere                    a/**/b       at any depth below a
//   !keep.tmp     not left out after all               [a-c]?\*     sets, one character, itself
//
// The last rule that matches decides. What lies in a folder that is left out is left out with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// The rules' file, at the top of the checkpoint directory.
inline constexpr std::string_view kIgnoreFile = ".holdfastignore";

class IgnoreRules {
 public:
  // One rule. Those that come later decide.
  void add(std::string_view line);
  // A file of rules, one a line; comments begin with '#'.
  void add_file(std::string_view text);

  bool empty() const noexcept { return rules_.empty(); }

  enum class Kind { folder, other };
  // Whether the rules leave out what lies at `path`, relative to the directory, of which no folder
  // above it is left out.
  bool leave_out(std::string_view path, Kind kind) const;

  friend bool operator==(const IgnoreRules&, const IgnoreRules&) = default;

 private:
  struct Rule {
    std::string pattern;
    bool negated = false;
    bool folders_only = false;
    bool by_name = false;  // It has no slash: it is about the last part of a path.
    friend bool operator==(const Rule&, const Rule&) = default;
  };
  std::vector<Rule> rules_;
};

}  // namespace holdfast
