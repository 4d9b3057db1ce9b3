#include "checkpoint/chunk_table.h"

#include <utility>

#include "base/check.h"

namespace holdfast {

std::optional<ChunkTable::Number> ChunkTable::find(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_digest_.find(digest);
  return found == by_digest_.end() ? std::nullopt : std::optional(found->second);
}

ChunkTable::Number ChunkTable::resolve(Number number) const {
  return slots_.at(number).same_as.value_or(number);
}

ChunkTable::Known ChunkTable::at(Number number) const {
  const std::lock_guard lock(mutex_);
  const Slot& slot = slots_.at(resolve(number));
  check(slot.state == Slot::State::stored, "a chunk is stored before it is named");
  return slot.known;
}

ChunkTable::Number ChunkTable::canonical(Number number) const {
  const std::lock_guard lock(mutex_);
  return resolve(number);
}

ChunkTable::Number ChunkTable::take_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<Number>(slots_.size() - 1);
  }
  const Number number = free_.back();
  free_.pop_back();
  return number;
}

void ChunkTable::release(Number number) {
  slots_[number] = {};
  free_.push_back(number);
}

ChunkTable::Number ChunkTable::reserve() {
  const std::lock_guard lock(mutex_);
  const Number number = take_slot();
  slots_[number].state = Slot::State::reserved;
  return number;
}

void ChunkTable::set(Number number, Number same_as) {
  const std::lock_guard lock(mutex_);
  slots_.at(number).same_as = resolve(same_as);
}

ChunkTable::Number ChunkTable::add(const Chunk& chunk) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_digest_.find(chunk.digest); found != by_digest_.end()) {
    return found->second;
  }
  const Number number = take_slot();
  Slot& slot = slots_[number];
  slot.state = Slot::State::stored;
  slot.known.chunk = chunk;
  if (chunk.form == ChunkForm::delta) {
    const Known& base = slots_[by_digest_.at(chunk.base)].known;
    slot.known.deltas = base.deltas + 1;
    slot.known.delta_bytes = base.delta_bytes + chunk.stored_bytes;
  }
  by_digest_.emplace(chunk.digest, number);
  return number;
}

void ChunkTable::forget(Number number) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_.at(number);
  check(!slot.known.named, "what a checkpoint names is not forgotten");
  by_digest_.erase(slot.known.chunk.digest);
  release(number);
}

void ChunkTable::begin_use() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    slot.used_now = 0;
    slot.in_use = false;
  }
}

void ChunkTable::use(Number number, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  mark(resolve(number), bytes);
}

void ChunkTable::mark(Number number, std::uint64_t bytes) {
  Slot& slot = slots_.at(number);
  slot.used_now += bytes;
  if (std::exchange(slot.in_use, true) || slot.known.chunk.form != ChunkForm::delta) return;
  mark(by_digest_.at(slot.known.chunk.base), 0);
}

void ChunkTable::name_what_is_used() {
  const std::lock_guard lock(mutex_);
  for (Number number = 0; number < slots_.size(); ++number) {
    Slot& slot = slots_[number];
    if (slot.state == Slot::State::reserved) {
      release(number);
    } else if (slot.state == Slot::State::stored && slot.known.named && !slot.in_use) {
      by_digest_.erase(slot.known.chunk.digest);
      release(number);
    } else if (slot.state == Slot::State::stored && slot.in_use) {
      slot.known.named = true;
      slot.known.used_bytes = slot.used_now;
    }
  }
}

void ChunkTable::give_up_use() {
  const std::lock_guard lock(mutex_);
  for (Number number = 0; number < slots_.size(); ++number) {
    if (slots_[number].state == Slot::State::reserved) release(number);
  }
}

KeySet ChunkTable::named_keys(const StoreLayout& layout) const {
  const std::lock_guard lock(mutex_);
  KeySet keys;
  for (const Slot& slot : slots_) {
    if (slot.known.named) keys.add(layout.chunk(slot.known.chunk.attempt, slot.known.chunk.name));
  }
  return keys;
}

std::vector<ChunkTable::Number> ChunkTable::numbers() const {
  const std::lock_guard lock(mutex_);
  std::vector<Number> numbers;
  for (Number number = 0; number < slots_.size(); ++number) {
    if (slots_[number].state == Slot::State::stored) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace holdfast
