// Reads a list of entries that TreeWriter wrote, one page with entries after the other. Whatever
// such a list says about where things lie is checked before anybody acts on it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint.h"

namespace holdfast {

class TreeReader {
 public:
  // The content of pages, as many at a time as can be under way at once; each proven against its
  // chunk's digest. Throws Error. (for_each_page leaves out a page whose content is empty.)
  using Load = std::function<std::vector<std::string>(const std::vector<Chunk>& pages)>;

  // `manifest`: the content of the topmost page.
  TreeReader(std::string_view manifest, Load load);

  // The next page with entries: in path order, none twice, each below a folder that came before.
  // nullopt after the last one. Throws Error (corrupt) if the pages are no such list.
  std::optional<Manifest> next();

 private:
  struct Level {
    std::vector<PageRef> pages;
    int height = 0;
    std::size_t next = 0;
  };

  std::optional<Manifest> next_leaf();
  void require_order(const Entry& entry);

  const Load load_;
  std::vector<Level> levels_;         // From the top to where we are.
  std::vector<Manifest> loaded_;      // Leaves, the next one last.
  std::vector<std::string> folders_;  // In which we are, the outermost first.
  std::optional<Entry> last_;         // Without its pieces.
};

// Calls `visit` with the chunk of each page of the tree but the topmost, what is below a page
// before the page itself. Where `visit_below` says no, what is below a page is left out.
void for_each_page(const Manifest& page, const TreeReader::Load& load,
                   const std::function<bool(const Chunk& page)>& visit_below,
                   const std::function<void(const Chunk& page, const Manifest& content)>& visit);

}  // namespace holdfast
