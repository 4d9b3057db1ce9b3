#include "fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>

#include "base/check.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace holdfast::sim {

namespace {

constexpr std::size_t kStackBytes = 1 << 20;
constexpr std::size_t kGuardBytes = 1 << 12;

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  stack_ = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  check(stack_ != MAP_FAILED, "there is room for a stack");
  check(::mprotect(stack_, kGuardBytes, PROT_NONE) == 0, "a stack can be guarded");
  check(::getcontext(&inside_) == 0, "a context can be made");
  inside_.uc_stack.ss_sp = stack_;
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = &outside_;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  ::makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::run), 2,
                static_cast<unsigned>(address >> 32), static_cast<unsigned>(address));
#ifdef __SANITIZE_THREAD__
  seen_inside_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef __SANITIZE_THREAD__
  __tsan_destroy_fiber(seen_inside_);
#endif
  ::munmap(stack_, kStackBytes);
}

void Fiber::run(unsigned high, unsigned low) {
  auto* const fiber = reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(high) << 32 | low);
  fiber->body_();
#ifdef __SANITIZE_THREAD__
  __tsan_switch_to_fiber(fiber->seen_outside_, 0);
#endif
}

void Fiber::enter() {
  std::array<std::byte, 16> ours;
  void* const handled = abi::__cxa_get_globals();
  std::memcpy(ours.data(), handled, ours.size());
  std::memcpy(handled, exceptions_.data(), exceptions_.size());
#ifdef __SANITIZE_THREAD__
  seen_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(seen_inside_, 0);
#endif
  check(::swapcontext(&outside_, &inside_) == 0, "a fiber can be entered");
  std::memcpy(exceptions_.data(), handled, exceptions_.size());
  std::memcpy(handled, ours.data(), ours.size());
}

void Fiber::leave() {
#ifdef __SANITIZE_THREAD__
  __tsan_switch_to_fiber(seen_outside_, 0);
#endif
  check(::swapcontext(&inside_, &outside_) == 0, "a fiber can be left");
}

}  // namespace holdfast::sim
