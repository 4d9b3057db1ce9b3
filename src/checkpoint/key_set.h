// Which objects checkpoints need. Keeps eight bytes a key: of two keys that look the same to it,
// one that nobody needs may stay in the store, and none that somebody needs ever goes.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace holdfast {

class KeySet {
 public:
  // False if it was there.
  bool add(std::string_view key) {
    return hashes_.insert(std::hash<std::string_view>{}(key)).second;
  }
  void add(const KeySet& other) { hashes_.insert(other.hashes_.begin(), other.hashes_.end()); }
  bool contains(std::string_view key) const {
    return hashes_.contains(std::hash<std::string_view>{}(key));
  }

 private:
  std::unordered_set<std::uint64_t> hashes_;
};

}  // namespace holdfast
