#include "fakes/fault_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <utility>

#include "base/check.h"
#include "base/time.h"

namespace holdfast {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kHeldBytesMax = 4 * 1024 * 1024;

void make_quick(int socket) {
  const int on = 1;
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  static_cast<void>(::fcntl(socket, F_SETFL, O_NONBLOCK));
}

FileDescriptor connect_to(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  check(::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) == 0,
        "the fault proxy finds its server's host");
  FileDescriptor socket;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    socket = FileDescriptor(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) break;
    socket.reset();
  }
  ::freeaddrinfo(found);
  if (socket.open()) make_quick(socket.get());
  return socket;
}

// Closes with a reset instead of an orderly end.
void close_hard(FileDescriptor& socket) {
  const linger now{1, 0};
  static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now));
  socket.reset();
}

FileDescriptor listen_on(std::uint32_t at, std::uint16_t port) {
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  static_cast<void>(::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = at;
  check(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
            ::listen(listener.get(), 128) == 0,
        "the fault proxy can listen on its port");
  return listener;
}

std::uint16_t port_of(const FileDescriptor& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0,
        "a listener has an address");
  return ntohs(address.sin_port);
}

struct Held {
  std::string bytes;
  SteadyClock::time_point due;
};

// One direction of a connection.
struct Pipe {
  std::deque<Held> held;
  std::size_t held_bytes = 0;
  bool source_ended = false;
  bool end_passed_on = false;

  bool room() const { return !source_ended && held_bytes < kHeldBytesMax; }
  bool due(SteadyClock::time_point now) const { return !held.empty() && held.front().due <= now; }

  void add(std::string_view bytes, SteadyClock::time_point when) {
    held_bytes += bytes.size();
    held.push_back({std::string(bytes), when});
  }

  // False if the other end is gone.
  bool flush(int to, SteadyClock::time_point now) {
    while (due(now)) {
      std::string& bytes = held.front().bytes;
      const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      held_bytes -= static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      if (bytes.empty()) held.pop_front();
    }
    if (source_ended && held.empty() && !end_passed_on) {
      end_passed_on = true;
      static_cast<void>(::shutdown(to, SHUT_WR));
    }
    return true;
  }
};

// Reads once; nullopt if the source is broken, empty if nothing came.
std::optional<std::string> read_some(int from, Pipe& pipe) {
  std::array<char, kReadBytes> buffer;
  const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::string();
    return std::nullopt;
  }
  if (got == 0) pipe.source_ended = true;
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

}  // namespace

struct FaultProxy::Link {
  FileDescriptor client;
  FileDescriptor server;
  Pipe requests;
  Pipe answers;
  std::string request_tail;     // The end of what the client sent, to find bytes across reads.
  bool swallow_answer = false;  // The next answer on this connection.
};

FaultProxy::FaultProxy(std::string host, std::uint16_t port, const std::string& address)
    : host_(std::move(host)),
      server_port_(port),
      address_(::inet_addr(address.c_str())),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener_(listen_on(address_, 0)),
      port_(port_of(listener_)) {
  thread_ = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
  thread_.join();
}

void FaultProxy::order(const std::function<void(Faults&)>& change) {
  std::unique_lock lock(mutex_);
  change(faults_);
  const std::uint64_t mine = ++orders_given_;
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
  changed_.wait(lock, [&] { return orders_taken_ >= mine; });
}

void FaultProxy::swallow_next_answer() {
  order([](Faults& faults) { faults.swallow_next = true; });
}

void FaultProxy::swallow_answer_to(std::string request_bytes) {
  order([&](Faults& faults) { faults.swallow_to = std::move(request_bytes); });
}

void FaultProxy::cut_answers_after(std::uint64_t bytes) {
  order([=](Faults& faults) { faults.answer_bytes_left = bytes; });
}

void FaultProxy::cut_requests_after(std::uint64_t bytes) {
  order([=](Faults& faults) { faults.request_bytes_left = bytes; });
}

void FaultProxy::delay_answers(std::chrono::milliseconds delay) {
  order([=](Faults& faults) { faults.delay = delay; });
}

void FaultProxy::freeze() {
  order([](Faults& faults) { faults.frozen = true; });
}

void FaultProxy::cut() {
  order([](Faults& faults) { faults.cut = true; });
}

void FaultProxy::refuse() {
  order([](Faults& faults) { faults.cut = faults.refusing = true; });
}

void FaultProxy::heal() {
  order([](Faults& faults) { faults = {}; });
}

std::uint64_t FaultProxy::connections_made() const {
  const std::lock_guard lock(mutex_);
  return connections_made_;
}

bool FaultProxy::wait_for_fault(std::chrono::milliseconds time_max) {
  std::unique_lock lock(mutex_);
  const bool happened =
      changed_.wait_for(lock, time_max, [&] { return faults_made_ > faults_told_; });
  if (happened) ++faults_told_;
  return happened;
}

void FaultProxy::note_fault() {
  ++faults_made_;
  changed_.notify_all();
}

void FaultProxy::reset(Link& link) {
  close_hard(link.client);
  close_hard(link.server);
}

void FaultProxy::accept_one() {
  FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.open()) return;
  ++connections_made_;
  make_quick(client.get());
  auto link = std::make_unique<Link>();
  link->server = connect_to(host_, server_port_);
  link->client = std::move(client);
  if (!link->server.open()) return close_hard(link->client);
  links_.push_back(std::move(link));
}

bool FaultProxy::take_request(Link& link) {
  const auto bytes = read_some(link.client.get(), link.requests);
  if (!bytes) return false;
  if (faults_.swallow_to) {
    link.request_tail += *bytes;
    const std::string& wanted = *faults_.swallow_to;
    if (link.request_tail.find(wanted) != std::string::npos) {
      link.swallow_answer = true;
      link.request_tail.clear();
      faults_.swallow_to.reset();
    } else if (link.request_tail.size() >= wanted.size()) {
      link.request_tail.erase(0, link.request_tail.size() - wanted.size() + 1);
    }
  }
  std::string_view passed = *bytes;
  const bool cut = faults_.request_bytes_left && passed.size() > *faults_.request_bytes_left;
  if (faults_.request_bytes_left) {
    passed = passed.substr(0, *faults_.request_bytes_left);
    *faults_.request_bytes_left -= passed.size();
  }
  if (!passed.empty()) link.requests.add(passed, SteadyClock::time_point::min());
  if (!cut) return true;
  static_cast<void>(link.requests.flush(link.server.get(), SteadyClock::now()));
  note_fault();
  return false;
}

bool FaultProxy::take_answer(Link& link) {
  const auto bytes = read_some(link.server.get(), link.answers);
  if (!bytes) return false;
  if (bytes->empty()) return true;
  if (faults_.swallow_next || link.swallow_answer) {
    faults_.swallow_next = false;
    note_fault();
    return false;
  }
  std::string_view passed = *bytes;
  const bool cut = faults_.answer_bytes_left && passed.size() > *faults_.answer_bytes_left;
  if (faults_.answer_bytes_left) {
    passed = passed.substr(0, *faults_.answer_bytes_left);
    *faults_.answer_bytes_left -= passed.size();
  }
  if (!passed.empty()) link.answers.add(passed, SteadyClock::now() + faults_.delay);
  if (!cut) return true;
  static_cast<void>(link.answers.flush(link.client.get(), SteadyClock::time_point::max()));
  note_fault();
  return false;
}

bool FaultProxy::carry(Link& link, int ready_client, int ready_server) {
  if (faults_.frozen) return true;
  constexpr int kReadable = POLLIN | POLLHUP | POLLERR;
  if ((ready_client & kReadable) != 0 && link.requests.room() && !take_request(link)) return false;
  if ((ready_server & kReadable) != 0 && link.answers.room() && !take_answer(link)) return false;
  const auto now = SteadyClock::now();
  if (!link.requests.flush(link.server.get(), now)) return false;
  if (!link.answers.flush(link.client.get(), now)) return false;
  return !(link.requests.end_passed_on && link.answers.end_passed_on);
}

std::vector<pollfd> FaultProxy::watched(int& wait_ms) const {
  const std::lock_guard lock(mutex_);
  std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
  const auto now = SteadyClock::now();
  for (const auto& link : links_) {
    const auto watch = [&](const FileDescriptor& socket, const Pipe& in, const Pipe& out) {
      const int events = (in.room() ? POLLIN : 0) | (out.due(now) ? POLLOUT : 0);
      // A hang-up would be reported also where nothing is asked for.
      const bool asleep = faults_.frozen || events == 0;
      polled.push_back({asleep ? -1 : socket.get(), static_cast<short>(events), 0});
    };
    watch(link->client, link->requests, link->answers);
    watch(link->server, link->answers, link->requests);
    if (!link->answers.held.empty() && !faults_.frozen) wait_ms = 1;
  }
  return polled;
}

void FaultProxy::carry_all(const std::vector<pollfd>& polled) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Link& link = *links_[i];
    const bool goes_on =
        !faults_.cut && carry(link, polled[2 + 2 * i].revents, polled[3 + 2 * i].revents);
    if (goes_on) continue;
    if (!(link.requests.end_passed_on && link.answers.end_passed_on)) reset(link);
    if (faults_.cut) note_fault();
    links_[i].reset();
  }
  std::erase(links_, nullptr);
}

void FaultProxy::run() {
  while (true) {  // Ends by the destructor's order.
    int wait_ms = -1;
    std::vector<pollfd> polled = watched(wait_ms);
    static_cast<void>(::poll(polled.data(), polled.size(), wait_ms));

    const std::lock_guard lock(mutex_);
    std::uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count));
    if (ending_) return;
    carry_all(polled);
    faults_.cut = false;
    if (faults_.refusing) {
      listener_.reset();
    } else if (!listener_.open()) {
      listener_ = listen_on(address_, port_);
    } else if ((polled[1].revents & POLLIN) != 0) {
      accept_one();
    }
    orders_taken_ = orders_given_;
    changed_.notify_all();
  }
}

}  // namespace holdfast
