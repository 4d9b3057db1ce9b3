// One small value that any thread may read and replace: the last one written is read. For what is
// only a hint; what must not be lost goes through a Mailbox.
#pragma once

#include <atomic>

namespace holdfast {

template <typename T>
class SharedValue {
 public:
  explicit SharedValue(T value) : value_(value) {}

  T get() const noexcept { return value_.load(std::memory_order_relaxed); }
  void set(T value) noexcept { value_.store(value, std::memory_order_relaxed); }

  // Numbers only. Several threads may add at once.
  void add(T more) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<T>::is_always_lock_free);
  std::atomic<T> value_;
};

}  // namespace holdfast
