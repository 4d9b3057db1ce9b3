// How threads talk: values go in at one end and come out at the other. Mailbox holds the only
// mutex of the program. A bounded mailbox that is full is a bug, not a wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/time.h"

namespace holdfast {

// Where one thread waits for what others post. An interface, because the simulation drives the
// same loops in one thread.
template <typename T>
class Inbox {
 public:
  virtual ~Inbox() = default;

  // Any thread.
  virtual void post(T value) = 0;

  // The oldest value, waited for until `deadline`; nullopt then. The owner's thread.
  virtual std::optional<T> next(TimePoint deadline) = 0;
};

template <typename T>
class Mailbox final : public Inbox<T> {
 public:
  static constexpr std::size_t kValuesMax = 4096;

  void post(T value) override {
    {
      const std::lock_guard lock(mutex_);
      check(values_.size() < kValuesMax, "a mailbox is full: its owner does not read it");
      values_.push_back(std::move(value));
    }
    arrived_.notify_one();
  }

  std::optional<T> next(TimePoint deadline) override {
    std::unique_lock lock(mutex_);
    const auto something = [this] { return !values_.empty(); };
    if (!arrived_.wait_until(lock, deadline, something)) return std::nullopt;
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

  // The oldest value if there is one now. Any thread.
  std::optional<T> take() { return next(TimePoint::min()); }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> values_;
};

}  // namespace holdfast
