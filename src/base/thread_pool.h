// A few threads that share work, so that one line is kept full while another waits.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace holdfast {

// The owner calls give() and finish() from one thread; alone() is for the work itself.
class ThreadPool {
 public:
  // With a width of 1 there are no threads: give() does the work itself. Where there is no room for
  // so many, there are fewer. `background`: the threads
  // yield the processor to whoever else wants it.
  ThreadPool(int width, bool background);
  // Work that was given and not begun is dropped; what was begun is waited for.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Waits until a thread is free to take `work`. Throws what an earlier work threw; after that
  // nothing more is begun.
  void give(std::function<void()> work);
  // Waits until all is done. Throws as give().
  void finish();
  // Carries out a short `step` on what all threads share, while no other step is carried out.
  void alone(const std::function<void()>& step);

 private:
  void serve(bool background);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::function<void()>> waiting_;
  int busy_ = 0;
  bool over_ = false;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;
};

}  // namespace holdfast
