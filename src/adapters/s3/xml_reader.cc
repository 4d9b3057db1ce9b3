#include "adapters/s3/xml_reader.h"

#include <charconv>
#include <cstdint>

namespace holdfast {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// False if `code` is no character that XML may hold.
bool append_utf8(std::uint32_t code, std::string& text) {
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (code == 0 || surrogate || code > 0x10FFFF) return false;
  const auto add = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  }
  return true;
}

// The length of a tag up to and without its '>', which may stand in a quoted attribute before.
std::size_t tag_size(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      return i;
    } else if (text[i] == '<') {
      break;
    }
  }
  return std::string_view::npos;
}

}  // namespace

XmlReader::Piece XmlReader::fail() {
  broken_ = true;
  return Piece::broken;
}

XmlReader::Piece XmlReader::next() {
  if (broken_) return Piece::broken;
  if (pop_next_) {
    path_.pop_back();
    pop_next_ = false;
  }
  if (close_next_) {
    close_next_ = false;
    pop_next_ = true;
    return Piece::close;
  }
  while (!rest_.empty()) {  // Ends: every turn takes something off rest_ or returns.
    if (path_.empty()) {
      const std::size_t start = rest_.find_first_not_of(kBlanks);
      if (start == std::string_view::npos) break;
      rest_.remove_prefix(start);
      if (rest_.front() != '<') return fail();
    }
    if (rest_.front() != '<' || rest_.starts_with("<![CDATA[")) return read_text();
    if (rest_.starts_with("<?")) {
      if (!skip_to("?>")) return fail();
    } else if (rest_.starts_with("<!--")) {
      if (!skip_to("-->")) return fail();
    } else {
      return read_tag();
    }
  }
  return path_.empty() && root_seen_ ? Piece::end : fail();
}

bool XmlReader::skip_to(std::string_view mark) {
  const std::size_t at = rest_.find(mark);
  if (at == std::string_view::npos) return false;
  rest_.remove_prefix(at + mark.size());
  return true;
}

XmlReader::Piece XmlReader::read_tag() {
  rest_.remove_prefix(1);
  const std::size_t size = tag_size(rest_);
  if (size == std::string_view::npos || size == 0) return fail();
  std::string_view tag = rest_.substr(0, size);
  rest_.remove_prefix(size + 1);
  if (tag.front() != '/') return read_open_tag(tag);

  tag.remove_prefix(1);
  tag = tag.substr(0, tag.find_first_of(kBlanks));
  if (path_.empty() || path_.back() != tag) return fail();
  pop_next_ = true;
  return Piece::close;
}

XmlReader::Piece XmlReader::read_open_tag(std::string_view tag) {
  if (tag.ends_with('/')) {
    close_next_ = true;
    tag.remove_suffix(1);
  }
  const std::string_view name = tag.substr(0, tag.find_first_of(kBlanks));
  const bool second_root = path_.empty() && root_seen_;
  // '!' begins a document type, which could define entities.
  if (name.empty() || name.front() == '!' || second_root || path_.size() == kDepthMax) {
    return fail();
  }
  root_seen_ = true;
  path_.push_back(name);
  return Piece::open;
}

XmlReader::Piece XmlReader::read_text() {
  constexpr std::string_view kCdata = "<![CDATA[";
  text_.clear();
  if (path_.empty()) return fail();
  if (rest_.starts_with(kCdata)) {
    rest_.remove_prefix(kCdata.size());
    const std::size_t end = rest_.find("]]>");
    if (end == std::string_view::npos) return fail();
    text_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 3);
    return Piece::text;
  }
  std::string_view raw = rest_.substr(0, rest_.find('<'));
  rest_.remove_prefix(raw.size());
  text_.reserve(raw.size());
  while (!raw.empty()) {  // Ends: every turn takes something off raw.
    const std::size_t plain = raw.find('&');
    text_ += raw.substr(0, plain);
    if (plain == std::string_view::npos) break;
    raw.remove_prefix(plain + 1);
    const std::size_t end = raw.find(';');
    if (end == std::string_view::npos || !append_entity(raw.substr(0, end))) return fail();
    raw.remove_prefix(end + 1);
  }
  return Piece::text;
}

bool XmlReader::append_entity(std::string_view name) {
  if (name == "amp") return append_utf8('&', text_);
  if (name == "lt") return append_utf8('<', text_);
  if (name == "gt") return append_utf8('>', text_);
  if (name == "quot") return append_utf8('"', text_);
  if (name == "apos") return append_utf8('\'', text_);
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const int base = name.starts_with('x') ? 16 : 10;
  if (base == 16) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  return error == std::errc() && end == name.data() + name.size() && append_utf8(code, text_);
}

}  // namespace holdfast
