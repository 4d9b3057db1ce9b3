// The program that the runner's tests run: what it does is its first argument.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

namespace {

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

// Holds `fifo` open from now on, and says so in it. Its reader sees the end of the file when
// nobody that did so is alive any more.
void hold(const char* fifo, const char* who) {
  const int fd = ::open(fifo, O_WRONLY);
  const std::string line = std::string(who) + "\n";
  if (fd < 0 || ::write(fd, line.data(), line.size()) < 0) std::abort();
}

void ignore_polite_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
}

// Leaves its parent, group, session and streams behind, as daemons do.
void daemonise(const char* fifo) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  ignore_polite_signals();
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  ::open("/dev/null", O_RDWR);
  hold(fifo, "daemon");
  wait_for_ever();
}

int tree(const char* fifo, const std::string& then) {
  if (::fork() == 0) {
    ignore_polite_signals();
    hold(fifo, "child");
    wait_for_ever();
  }
  daemonise(fifo);
  hold(fifo, "main");
  if (then == "stay") wait_for_ever();
  // Leaves once the others are there: the test reads one line of each.
  char unused = 0;
  return ::read(STDIN_FILENO, &unused, 1) == 0 ? 0 : 1;
}

void put_counter(int fd, std::uint64_t counter) {
  if (::pwrite(fd, &counter, sizeof counter, 0) != sizeof counter) std::abort();
}

// Counts in two files without end: at every instant the second holds what the first does, or one
// less.
[[noreturn]] void count_in_files() {
  const int first = ::open("a", O_RDWR | O_CREAT, 0644);
  const int second = ::open("z", O_RDWR | O_CREAT, 0644);
  put_counter(first, 0);
  put_counter(second, 0);
  for (std::uint64_t counter = 1;; ++counter) {
    put_counter(first, counter);
    put_counter(second, counter);
  }
}

void must(bool done) {
  if (!done) std::abort();
}

// Counts up in four files, each written in another way, in this order: one is appended to, one
// rewritten in place, one renamed over, one mapped (at its beginning and at its end). A fifth never
// changes.
[[noreturn]] void count_in_every_way() {
  constexpr std::size_t kBytes = 2 * 1024 * 1024;
  std::string content(kBytes, '\0');
  for (std::size_t i = 0; i < kBytes; ++i) content[i] = static_cast<char>(i * i % 251);
  for (const char* name : {"frozen", "in place", "mapped"}) {
    std::ofstream(name, std::ios::binary) << content;
  }
  const int log = ::open("appended", O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int place = ::open("in place", O_RDWR);
  const int mapped = ::open("mapped", O_RDWR);
  void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
  must(log >= 0 && place >= 0 && memory != MAP_FAILED);
  auto* const words = static_cast<volatile std::uint64_t*>(memory);
  for (std::uint64_t counter = 1;; ++counter) {
    must(::write(log, &counter, sizeof counter) == sizeof counter);
    must(::pwrite(place, &counter, sizeof counter, kBytes / 2) == sizeof counter);
    const int next = ::open("renamed.tmp", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    must(::write(next, &counter, sizeof counter) == sizeof counter && ::close(next) == 0);
    must(::rename("renamed.tmp", "renamed") == 0);
    words[0] = counter;
    words[kBytes / sizeof counter - 1] = counter;
  }
}

int count_from(const std::string& where) {
  if (where == "every way") count_in_every_way();
  if (where == "main") count_in_files();
  if (where == "thread") {
    std::thread counting([] { count_in_files(); });
    counting.join();
  }
  if (where == "session" && ::fork() == 0) {
    ::setsid();
    count_in_files();
  }
  wait_for_ever();
}

int connect_to_worker(bool with_address) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, std::getenv("HOLDFAST_SOCKET"), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (with_address) ::bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own.sun_family);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  return fd;
}

void say(int fd, const std::string& message) {
  if (::send(fd, message.data(), message.size(), 0) < 0) std::abort();
}

std::string hear(int fd) {
  char text[256] = {};
  const ssize_t got = ::recv(fd, text, sizeof text - 1, 0);
  return got < 0 ? "" : std::string(text, static_cast<std::size_t>(got));
}

// Asks for a snapshot of the state "asked", and changes the state once it is answered.
int ask(int times) {
  const int fd = connect_to_worker(true);
  std::ofstream("state") << "asked";
  for (int i = 0; i < times; ++i) say(fd, "CHECKPOINT=1\n");
  std::string answers;
  for (int i = 0; i < times; ++i) answers += hear(fd);
  std::ofstream("state") << "answered";
  std::printf("answer: %s", answers.c_str());
  std::fflush(stdout);
  say(fd, "STATUS=answered\n");
  wait_for_ever();
}

int chatter(int count) {
  const int fd = connect_to_worker(false);
  for (int i = 1; i <= count; ++i) {
    say(fd, "PROGRESS=" + std::to_string(static_cast<double>(i) / count) +
                "\nSTEP=" + std::to_string(i) + "\n");
  }
  return 0;
}

int flood(int megabytes) {
  const std::string line(1023, 'x');
  for (int i = 0; i < megabytes * 1024; ++i) std::printf("%s\n", line.c_str());
  std::printf("the end\n");
  return 0;
}

// What a task inherits that it should not: descriptors, blocked or ignored signals.
int inheritance() {
  for (int fd = 3; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) std::printf("descriptor %d\n", fd);
  }
  sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_IGN) std::printf("ignored %d\n", number);
    if (::sigismember(&blocked, number) == 1) std::printf("blocked %d\n", number);
  }
  std::printf("own group %d\n", ::getpgrp() == ::getpid() ? 1 : 0);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  const std::string argument = count > 2 ? arguments[2] : "";
  if (role == "tree") return tree(arguments[2], arguments[3]);
  if (role == "count") return count_from(argument);
  if (role == "count-after-asking") {
    say(connect_to_worker(false), "CHECKPOINT=1\n");
    count_in_files();
  }
  if (role == "ask") return ask(std::atoi(argument.c_str()));
  if (role == "chatter") return chatter(std::atoi(argument.c_str()));
  if (role == "flood") return flood(std::atoi(argument.c_str()));
  if (role == "inheritance") return inheritance();
  std::fprintf(stderr, "test_task: unknown role %s\n", role.c_str());
  return 64;
}
