#include "core/ignore_rules.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>

namespace holdfast {

namespace {

using Byte = unsigned char;

constexpr int kNone = -1;

// What one place of a pattern takes.
struct Token {
  enum class Kind {
    byte,     // this one
    any,      // ? : one that is no slash
    set,      // [...] : one of these, never a slash
    star,     // * : any number that are no slashes
    all,      // ** : any number of any
    folders,  // **/ : nothing, or any number and a slash
    never,
  };
  Kind kind = Kind::byte;
  Byte byte = 0;
  std::vector<bool> set = {};  // By byte.
};

const std::map<std::string_view, int (*)(int)>& classes() {
  static const std::map<std::string_view, int (*)(int)> known = {
      {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank},
      {"cntrl", std::iscntrl}, {"digit", std::isdigit}, {"graph", std::isgraph},
      {"lower", std::islower}, {"print", std::isprint}, {"punct", std::ispunct},
      {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  return known;
}

// Takes a pattern apart from left to right.
class Tokens {
 public:
  explicit Tokens(std::string_view pattern) : pattern_(pattern) {}

  std::vector<Token> read() {
    std::vector<Token> tokens;
    while (!pattern_.empty()) {
      const bool plain = std::string_view("*?[\\").find(pattern_.front()) == std::string_view::npos;
      special_ = special_ || !plain;
      tokens.push_back(take());
      if (tokens.back().kind == Token::Kind::never) break;
      // git compares what stands before the first special character by itself, so that two stars
      // behind it stand at a beginning.
      if (!special_) continue;
      before_ = tokens.back().kind == Token::Kind::byte ? tokens.back().byte : Byte{1};
      if (tokens.back().kind == Token::Kind::folders) before_ = '/';
    }
    return tokens;
  }

 private:
  Token take() {
    switch (pattern_.front()) {
      case '?':
        pattern_.remove_prefix(1);
        return {Token::Kind::any};
      case '*':
        return take_stars();
      case '[':
        pattern_.remove_prefix(1);
        return take_set();
      case '\\':
        pattern_.remove_prefix(1);
        if (pattern_.empty()) return {Token::Kind::never};
        break;
      default:
        break;
    }
    return {Token::Kind::byte, take_byte()};
  }

  Byte take_byte() {
    const auto byte = static_cast<Byte>(pattern_.front());
    pattern_.remove_prefix(1);
    return byte;
  }

  // Two stars are special between slashes and at the ends only.
  Token take_stars() {
    const std::size_t count = std::min(pattern_.find_first_not_of('*'), pattern_.size());
    pattern_.remove_prefix(count);
    const bool begins = before_ == 0 || before_ == '/';
    if (count < 2 || !begins) return {Token::Kind::star};
    if (pattern_.empty()) return {Token::Kind::all};
    if (pattern_.front() == '/') {
      pattern_.remove_prefix(1);
      return {Token::Kind::folders};
    }
    return {pattern_.starts_with("\\/") ? Token::Kind::all : Token::Kind::star};
  }

  // Behind the bracket. A set without an end matches nothing, and so does the whole pattern.
  Token take_set() {
    Token token{Token::Kind::set, 0, std::vector<bool>(256, false)};
    const bool negated = pattern_.starts_with('!') || pattern_.starts_with('^');
    if (negated) pattern_.remove_prefix(1);
    int low = kNone;  // What a range may begin with.
    for (bool first = true; first || !pattern_.starts_with(']'); first = false) {
      if (pattern_.empty()) return {Token::Kind::never};
      const bool range =
          pattern_.front() == '-' && low != kNone && pattern_.size() > 1 && pattern_[1] != ']';
      if (range) {
        pattern_.remove_prefix(1);
        const int high = take_escaped();
        if (high == kNone) return {Token::Kind::never};
        for (int byte = low; byte <= high; ++byte) token.set[static_cast<std::size_t>(byte)] = true;
        low = kNone;
      } else if (pattern_.starts_with("[:")) {
        const std::size_t close = pattern_.find(']', 2);
        if (close == std::string_view::npos) return {Token::Kind::never};
        if (close == 2 || pattern_[close - 1] != ':') {
          low = take_byte();  // No class: the bracket itself.
          token.set[static_cast<std::size_t>(low)] = true;
          continue;
        }
        const auto known = classes().find(pattern_.substr(2, close - 3));
        if (known == classes().end()) return {Token::Kind::never};
        for (int byte = 0; byte < 128; ++byte) {
          if (known->second(byte) != 0) token.set[static_cast<std::size_t>(byte)] = true;
        }
        pattern_.remove_prefix(close + 1);
        low = kNone;
      } else {
        low = take_escaped();
        if (low == kNone) return {Token::Kind::never};
        token.set[static_cast<std::size_t>(low)] = true;
      }
    }
    pattern_.remove_prefix(1);
    if (negated) token.set.flip();
    token.set['/'] = false;
    return token;
  }

  int take_escaped() {
    if (pattern_.front() == '\\') pattern_.remove_prefix(1);
    if (pattern_.empty()) return kNone;
    return take_byte();
  }

  std::string_view pattern_;
  bool special_ = false;
  Byte before_ = 0;  // The byte before; 0 at the beginning, 1 if it is none in particular.
};

// Which places of the pattern may come next, kept for one byte of the text after the other: the
// time is that of their product, whatever the pattern.
bool matches(const std::vector<Token>& tokens, std::string_view text) {
  std::vector<bool> now(tokens.size() + 1, false);
  // Inside `folders`, which takes nothing or ends with a slash.
  std::vector<bool> inside(tokens.size(), false);
  // A place may be passed without taking anything.
  const auto settle = [&](std::vector<bool>& places) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token::Kind kind = tokens[i].kind;
      if (!places[i]) continue;
      if (kind == Token::Kind::star || kind == Token::Kind::all) places[i + 1] = true;
      if (kind == Token::Kind::folders) {
        inside[i] = true;
        places[i + 1] = true;
      }
    }
  };
  now[0] = true;
  settle(now);
  for (const char c : text) {
    const auto byte = static_cast<Byte>(c);
    std::vector<bool> next(tokens.size() + 1, false);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (token.kind == Token::Kind::folders && inside[i] && byte == '/') next[i + 1] = true;
      if (!now[i]) continue;
      switch (token.kind) {
        case Token::Kind::byte:
          if (byte == token.byte) next[i + 1] = true;
          break;
        case Token::Kind::any:
          if (byte != '/') next[i + 1] = true;
          break;
        case Token::Kind::set:
          if (token.set[byte]) next[i + 1] = true;
          break;
        case Token::Kind::star:
          if (byte != '/') next[i] = true;
          break;
        case Token::Kind::all:
          next[i] = true;
          break;
        case Token::Kind::folders:
        case Token::Kind::never:
          break;
      }
    }
    settle(next);
    now = std::move(next);
  }
  return now[tokens.size()];
}

}  // namespace

void IgnoreRules::add(std::string_view line) {
  // Blanks at the end count only behind a backslash.
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      end = ++i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  line = line.substr(0, end);
  Rule rule;
  rule.negated = line.starts_with('!');
  if (rule.negated) line.remove_prefix(1);
  if (line.empty()) return;
  rule.folders_only = line.ends_with('/');
  if (rule.folders_only) line.remove_suffix(1);
  rule.by_name = line.find('/') == std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  rule.pattern = line;
  rules_.push_back(std::move(rule));
}

void IgnoreRules::add_file(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with('#')) add(line);
  }
}

bool IgnoreRules::leave_out(std::string_view path, Kind kind) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && kind != Kind::folder) continue;
    const auto tokens = Tokens(rule->pattern).read();
    if (matches(tokens, rule->by_name ? name : path)) return !rule->negated;
  }
  return false;
}

}  // namespace holdfast
