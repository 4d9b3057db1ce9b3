// Numbers and texts as bytes, for records that this process alone reads again.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/check.h"

namespace holdfast {

class Packer {
 public:
  // For a record whose first fields are sorted by: larger numbers come later.
  void ordered(std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes_ += static_cast<char>(number >> shift);
  }
  template <typename T>
  void number(T number) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void texts(const std::map<std::string, std::string>& named) {
    number(static_cast<std::uint32_t>(named.size()));
    for (const auto& [name, value] : named) {
      text(name);
      text(value);
    }
  }
  // Ended by a zero byte, which it must not hold.
  void name(std::string_view name) {
    bytes_ += name;
    bytes_ += '\0';
  }
  void clear() { bytes_.clear(); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t ordered() {
    std::uint32_t number = 0;
    for (const char c : take(4)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
  }
  template <typename T>
  T number() {
    T number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view text() { return take(number<std::uint32_t>()); }
  std::map<std::string, std::string> texts() {
    std::map<std::string, std::string> named;
    for (auto left = number<std::uint32_t>(); left > 0; --left) {
      const std::string name(text());
      named.emplace(name, text());
    }
    return named;
  }
  std::string_view name() {
    const std::string_view name = take(rest_.find('\0'));
    take(1);
    return name;
  }

 private:
  std::string_view take(std::size_t size) {
    check(size <= rest_.size(), "a record of ours is as long as we wrote it");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace holdfast
