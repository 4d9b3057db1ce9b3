// A function with a stack of its own that can be left in the middle and entered again: a thread
// without the operating system, whose way of taking turns would cost most of a simulation's time.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <functional>

namespace holdfast::sim {

class Fiber {
 public:
  // Begins with the first enter().
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs until it leaves or its body returns.
  void enter();
  // Called by the body. Returns when it is entered again.
  void leave();

 private:
  static void run(unsigned high, unsigned low);

  std::function<void()> body_;
  void* stack_ = nullptr;
  ucontext_t inside_{};
  ucontext_t outside_{};
  // Which exceptions are being handled: the runtime keeps one list for a thread.
  std::array<std::byte, 16> exceptions_{};
#ifdef __SANITIZE_THREAD__
  void* seen_inside_ = nullptr;  // As the sanitizer knows it.
  void* seen_outside_ = nullptr;
#endif
};

}  // namespace holdfast::sim
