#include "docs/docs_page.h"

#include <fstream>
#include <stdexcept>

namespace holdfast::test {

DocsPage::DocsPage(const std::string& name) : name_(name) {
  const std::string kFence = "```";
  std::ifstream page(std::string(SOURCE_FOLDER) + "/docs/" + name);
  if (!page) throw std::runtime_error("cannot read docs/" + name);
  std::string* block = nullptr;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(kFence)) {
      inside = !inside;
      block = nullptr;
      const std::size_t blank = line.find(' ');
      const bool shell = line.substr(0, blank) == kFence + "sh";
      if (!inside || (blank == line.npos && !shell)) continue;
      const std::string title = blank == line.npos ? "" : line.substr(blank + 1);
      if (title.empty() || !unused_.insert(title).second) {
        throw std::runtime_error("docs/" + name + " has a block that no test can name: " + line);
      }
      block = &blocks_[title];
    } else if (block != nullptr) {
      *block += line + "\n";
    }
  }
}

const std::string& DocsPage::block(const std::string& name) {
  const auto found = blocks_.find(name);
  if (found == blocks_.end()) throw std::runtime_error("docs/" + name_ + " has no block " + name);
  unused_.erase(name);
  return found->second;
}

}  // namespace holdfast::test
