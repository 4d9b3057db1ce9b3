// A page of docs/ whose commands a test runs and whose files it uses. A block that begins with
// ```LANGUAGE NAME, as in ```sh run, is the block NAME.
#pragma once

#include <map>
#include <set>
#include <string>

namespace holdfast::test {

class DocsPage {
 public:
  // Reads docs/NAME. Throws if it cannot be read, or if a block of shell has no name of its own.
  explicit DocsPage(const std::string& name);

  // The text of a block, as it stands there. Throws if there is none of that name.
  const std::string& block(const std::string& name);

  // The names of the blocks that nobody asked for yet.
  std::set<std::string> unused() const { return unused_; }

 private:
  std::string name_;
  std::map<std::string, std::string> blocks_;
  std::set<std::string> unused_;
};

}  // namespace holdfast::test
