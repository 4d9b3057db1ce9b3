#include "base/thread_pool.h"

#include <sys/resource.h>

#include <system_error>
#include <utility>

namespace holdfast {

namespace {

constexpr int kBackgroundNice = 10;

}  // namespace

ThreadPool::ThreadPool(int width, bool background) {
  try {
    for (int i = 0; width > 1 && i < width; ++i) {
      threads_.emplace_back([this, background] { serve(background); });
    }
  } catch (const std::system_error&) {
    // There is no room for more threads: fewer do the same, or the caller itself does.
  }
}

ThreadPool::~ThreadPool() {
  const std::lock_guard lock(mutex_);
  over_ = true;
  waiting_.reset();
  changed_.notify_all();
}

void ThreadPool::give(std::function<void()> work) {
  if (threads_.empty()) return work();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || !waiting_; });
  if (failure_) std::rethrow_exception(failure_);
  waiting_ = std::move(work);
  changed_.notify_all();
}

void ThreadPool::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_ == 0 && (failure_ || !waiting_); });
  if (failure_) std::rethrow_exception(failure_);
}

void ThreadPool::alone(const std::function<void()>& step) {
  const std::lock_guard lock(mutex_);
  step();
}

void ThreadPool::serve(bool background) {
  // Linux keeps this value per thread. What cannot be set changes nothing that matters.
  if (background) static_cast<void>(::setpriority(PRIO_PROCESS, 0, kBackgroundNice));
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return over_ || (waiting_ && !failure_); });
    if (over_) return;
    const std::function<void()> work = *std::exchange(waiting_, std::nullopt);
    busy_ += 1;
    changed_.notify_all();
    lock.unlock();
    std::exception_ptr failure;
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    busy_ -= 1;
    if (failure && !failure_) failure_ = failure;
    changed_.notify_all();
  }
}

}  // namespace holdfast
