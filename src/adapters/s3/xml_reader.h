// Reads the small XML documents that stores answer with, one piece after the other. Safe on hostile
// input: no recursion, no entities but the five and numbers, nothing is fetched, and what is not
// well-formed ends in `broken`. Attributes are skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

class XmlReader {
 public:
  // `document` must outlive the reader.
  explicit XmlReader(std::string_view document) : rest_(document) {}

  enum class Piece {
    open,    // An element begins; path() ends with its name.
    text,    // text() is a stretch of the innermost element's text, entities decoded.
    close,   // The innermost element ends; path() still ends with its name.
    end,     // The document is over and was well-formed.
    broken,  // It is not XML that we read. Stays so.
  };

  // Ends with `end` or `broken` after at most as many calls as the document has bytes.
  Piece next();

  // The names of the open elements, outermost first.
  const std::vector<std::string_view>& path() const noexcept { return path_; }
  const std::string& text() const noexcept { return text_; }

 private:
  static constexpr std::size_t kDepthMax = 16;

  Piece read_tag();
  Piece read_text();
  Piece read_open_tag(std::string_view tag);
  Piece fail();
  bool skip_to(std::string_view mark);
  bool append_entity(std::string_view name);

  std::string_view rest_;
  std::vector<std::string_view> path_;
  std::string text_;
  bool close_next_ = false;  // After <name/>: its end is still to be told.
  bool pop_next_ = false;    // After `close`: path() must shrink before the next piece.
  bool root_seen_ = false;
  bool broken_ = false;
};

}  // namespace holdfast
