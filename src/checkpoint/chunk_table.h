// The chunks that a checkpoint names, and those that the next one may name: by number, and by what
// they hold. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkpoint/key_set.h"
#include "core/checkpoint.h"
#include "core/store_layout.h"

namespace holdfast {

class ChunkTable {
 public:
  using Number = std::uint32_t;

  struct Known {
    Chunk chunk;
    bool named = false;  // By the checkpoint; else it is stored, and waits for one that names it.
    int deltas = 0;      // How many have to be undone to read it.
    std::uint64_t delta_bytes = 0;  // How many bytes they have together.
    std::uint64_t used_bytes = 0;   // How many of its bytes are in files.
  };

  // The number of a chunk with this content; nullopt if there is none.
  std::optional<Number> find(const std::string& digest) const;
  Known at(Number number) const;

  // A number for a chunk that is not known yet; set() says which it is. Several may be the same.
  Number reserve();
  void set(Number number, Number same_as);
  // The one number of a chunk that several may be.
  Number canonical(Number number) const;
  // Adds a chunk that is stored. Its base, if it has one, is there.
  Number add(const Chunk& chunk);
  // Only of one that is not named.
  void forget(Number number);

  // For a checkpoint that replaces the one before: it names what is used, and what that needs.
  void begin_use();
  void use(Number number, std::uint64_t bytes);
  // Numbers that were only reserved are free again. What is named no more is forgotten.
  void name_what_is_used();
  // It is no checkpoint.
  void give_up_use();

  KeySet named_keys(const StoreLayout& layout) const;
  std::vector<Number> numbers() const;

 private:
  struct Slot {
    Known known;
    enum class State { free, reserved, stored } state = State::free;
    std::optional<Number> same_as;
    std::uint64_t used_now = 0;
    bool in_use = false;
  };
  Number resolve(Number number) const;
  Number take_slot();
  void release(Number number);
  void mark(Number number, std::uint64_t bytes);

  mutable std::mutex mutex_;
  std::deque<Slot> slots_;
  std::vector<Number> free_;
  std::unordered_map<std::string, Number> by_digest_;
};

}  // namespace holdfast
