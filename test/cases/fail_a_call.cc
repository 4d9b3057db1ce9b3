// Loaded into the program by LD_PRELOAD: lets one call of one kind fail, as if this machine had run
// out of something. FAIL_CALL names it, FAIL_AT counts the calls in the worker's own process, and
// FAIL_FOR says how many in a row fail. A file FAIL_MARK is made when the first one does.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace {

struct Plan {
  const char* call = nullptr;
  long at = 0;
  long span = 1;
  const char* mark = nullptr;
  pid_t process = 0;
};

Plan plan;
std::atomic<long> count{0};

// Only in the process that was started with the plan: neither in its forks, nor in what they run.
__attribute__((constructor)) void read_plan() {
  const char* call = ::getenv("FAIL_CALL");
  const char* at = ::getenv("FAIL_AT");
  const char* span = ::getenv("FAIL_FOR");
  if (call == nullptr || at == nullptr) return;
  plan = {::strdup(call), ::atol(at), span != nullptr ? ::atol(span) : 1,
          ::strdup(::getenv("FAIL_MARK")), ::getpid()};
  for (const char* name : {"FAIL_CALL", "FAIL_AT", "FAIL_FOR", "LD_PRELOAD"}) ::unsetenv(name);
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool fails(const char* call) {
  if (plan.call == nullptr || ::strcmp(plan.call, call) != 0 || ::getpid() != plan.process) {
    return false;
  }
  const long number = ++count;
  if (number < plan.at || number >= plan.at + plan.span) return false;
  if (number == plan.at) {
    static auto* const make = real<int(const char*, mode_t)>("creat");
    ::close(make(plan.mark, 0600));
  }
  return true;
}

mode_t mode_of(int flags, va_list list) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*),
                   void* argument) {
  static auto* const next =
      real<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  return fails("pthread_create") ? EAGAIN : next(thread, attributes, work, argument);
}

pid_t fork() {
  static auto* const next = real<pid_t()>("fork");
  if (!fails("fork")) return next();
  errno = EAGAIN;
  return -1;
}

int open(const char* path, int flags, ...) {
  static auto* const next = real<int(const char*, int, mode_t)>("open");
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  if (!fails("open")) return next(path, flags, mode);
  errno = EMFILE;
  return -1;
}

int openat(int folder, const char* path, int flags, ...) {
  static auto* const next = real<int(int, const char*, int, mode_t)>("openat");
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  if (!fails("open")) return next(folder, path, flags, mode);
  errno = EMFILE;
  return -1;
}

void* mmap(void* where, size_t length, int protection, int flags, int file, off_t offset) {
  static auto* const next = real<void*(void*, size_t, int, int, int, off_t)>("mmap");
  if (!fails("mmap")) return next(where, length, protection, flags, file, offset);
  errno = ENOMEM;
  return MAP_FAILED;
}

ssize_t write(int file, const void* bytes, size_t size) {
  static auto* const next = real<ssize_t(int, const void*, size_t)>("write");
  // What it tells people is no disk, and neither is a pipe, a socket or an event.
  struct stat status {};
  const bool disk = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  if (file <= STDERR_FILENO || !disk || !fails("write")) return next(file, bytes, size);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static auto* const next = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (!fails("write")) return next(file, bytes, size, offset);
  errno = ENOSPC;
  return -1;
}
}
