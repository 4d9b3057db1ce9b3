#include "fakes/http_fault_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fakes/http_wire.h"

namespace holdfast {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 64 * 1024;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

FileDescriptor listen_somewhere(std::uint16_t& port) {
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  check(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
            ::listen(listener.get(), 128) == 0 &&
            ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0,
        "the fault proxy can listen");
  port = ntohs(address.sin_port);
  return listener;
}

FileDescriptor connect_to(const std::string& host, std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(port);
  check(::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1,
        "the fault proxy's server is named by its address");
  const int on = 1;
  static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  static_cast<void>(
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  return socket;
}

std::string answer_of(int status) {
  const std::string body = "<Error><Code>Injected</Code><Message>by the test</Message></Error>";
  return "HTTP/1.1 " + std::to_string(status) + " Injected\r\nContent-Type: application/xml\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace

struct HttpFaultProxy::Connection {
  HttpWire client;
  HttpWire server;
  bool over = false;
  std::thread thread;
};

bool RequestMatch::hits(const std::string& of_method, const std::string& target) const {
  return (method.empty() || method == of_method) && target.find(part) != std::string::npos;
}

HttpFaultProxy::HttpFaultProxy(std::string host, std::uint16_t port)
    : host_(std::move(host)), server_port_(port), listener_(listen_somewhere(port_)) {
  thread_ = std::thread([this] { accept_all(); });
}

HttpFaultProxy::~HttpFaultProxy() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  static_cast<void>(::shutdown(listener_.get(), SHUT_RDWR));
  thread_.join();
  for (const auto& connection : connections_) {
    connection->client.shut();
    connection->server.shut();
    connection->thread.join();
  }
}

void HttpFaultProxy::add(HttpRule rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back(std::move(rule));
}

void HttpFaultProxy::release() {
  const std::lock_guard lock(mutex_);
  ++releases_;
  changed_.notify_all();
}

void HttpFaultProxy::heal() {
  {
    const std::lock_guard lock(mutex_);
    rules_.clear();
  }
  release();
}

void HttpFaultProxy::set_away(bool away) {
  const std::lock_guard lock(mutex_);
  away_ = away;
  for (const auto& connection : connections_) {
    if (away) connection->client.shut();
  }
}

void HttpFaultProxy::limit_uplink(std::uint64_t bytes_per_second) {
  const std::lock_guard lock(mutex_);
  bytes_per_second_ = bytes_per_second;
  uplink_free_ = SteadyClock::now();
  changed_.notify_all();
}

bool HttpFaultProxy::wait_for_hits(int count, std::chrono::milliseconds time_max) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time_max, [&] { return hits_ >= count; });
}

std::uint64_t HttpFaultProxy::body_bytes(const RequestMatch& match) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const Request& request : requests_) {
    if (match.hits(request.method, request.target)) bytes += request.body_bytes;
  }
  return bytes;
}

void HttpFaultProxy::accept_all() {
  for (;;) {  // Ends with the listener, which the destructor shuts.
    FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.open()) return;
    const std::lock_guard lock(mutex_);
    if (away_) continue;
    connections_.push_back(std::make_unique<Connection>(HttpWire(std::move(client)),
                                                        HttpWire(connect_to(host_, server_port_))));
    Connection& connection = *connections_.back();
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void HttpFaultProxy::serve(Connection& connection) {
  while (carry(connection)) {
  }
  connection.client.shut();
  connection.server.shut();
}

HttpRule HttpFaultProxy::rule_for(const Request& request) {
  const std::lock_guard lock(mutex_);
  for (HttpRule& rule : rules_) {
    if (rule.times <= 0 || !rule.match.hits(request.method, request.target)) continue;
    --rule.times;
    return rule;
  }
  return {{}, HttpFault::none};
}

void HttpFaultProxy::note_hit() {
  const std::lock_guard lock(mutex_);
  ++hits_;
  changed_.notify_all();
}

// Until it is released. False if the proxy ends.
bool HttpFaultProxy::hold() {
  std::unique_lock lock(mutex_);
  ++hits_;
  changed_.notify_all();
  const int before = releases_;
  changed_.wait(lock, [&] { return ending_ || releases_ > before; });
  return !ending_;
}

bool HttpFaultProxy::carry(Connection& connection) {
  const auto head = connection.client.read_head();
  if (!head) return false;
  Request request;
  const std::size_t space = head->find(' ');
  request.method = head->substr(0, space);
  request.target = head->substr(space + 1, head->find(' ', space + 1) - space - 1);
  const HttpRule rule = rule_for(request);
  const std::uint64_t length = content_length(*head);
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = requests_.size();
    requests_.push_back(request);
  }
  if (rule.fault == HttpFault::answer) {
    note_hit();
    // A body that nobody reads would make the system reset the connection, and the answer with it.
    for (std::uint64_t left = length; left > 0;) {
      const std::string piece =
          connection.client.read_some(std::min<std::uint64_t>(kPieceBytes, left));
      if (piece.empty()) return false;
      left -= piece.size();
    }
    return connection.client.write(answer_of(rule.status)) && false;  // It said that it closes.
  }
  if (rule.fault == HttpFault::hold_head && !hold()) return false;
  if (!connection.server.write(*head)) return false;
  const bool hold_half = rule.fault == HttpFault::hold_half;
  if (!pass_body(connection, length, number, hold_half)) return false;
  return pass_answer(connection, request.method == "HEAD", rule.fault);
}

bool HttpFaultProxy::pass_body(Connection& connection, std::uint64_t length, std::size_t request,
                               bool hold_half) {
  bool held = !hold_half;
  for (std::uint64_t passed = 0; passed < length;) {
    if (!held && passed == length / 2) {
      if (!hold()) return false;
      held = true;
    }
    const std::uint64_t until = held ? length : length / 2;
    const std::string piece =
        connection.client.read_some(std::min<std::uint64_t>(kPieceBytes, until - passed));
    if (piece.empty()) return false;
    wait_for_uplink(piece.size());
    if (!connection.server.write(piece)) return false;
    passed += piece.size();
    const std::lock_guard lock(mutex_);
    requests_[request].body_bytes = passed;
  }
  return true;
}

bool HttpFaultProxy::pass_answer(Connection& connection, bool head_only, HttpFault fault) {
  auto head = connection.server.read_head();
  while (head && head->find(" 100 ") == head->find(' ')) {  // Continue: the answer comes after it.
    if (!connection.client.write(*head)) return false;
    head = connection.server.read_head();
  }
  if (!head) return false;
  auto body = connection.server.read_answer_body(*head, head_only);
  if (!body) return false;
  if (fault == HttpFault::hold_done && !hold()) return false;
  if (fault == HttpFault::lose_answer) {
    note_hit();
    return false;
  }
  if (fault == HttpFault::damage) {
    (*body)[body->size() / 2] = static_cast<char>((*body)[body->size() / 2] ^ 1);
    note_hit();
  }
  if (fault == HttpFault::truncate) {
    note_hit();
    return connection.client.write(*head + body->substr(0, body->size() / 2)) && false;
  }
  return connection.client.write(*head + *body);
}

void HttpFaultProxy::wait_for_uplink(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  if (bytes_per_second_ == 0) return;
  const auto takes = std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second_);
  const auto mine = std::max(uplink_free_, SteadyClock::now()) + takes;
  uplink_free_ = mine;
  changed_.wait_until(lock, mine, [&] { return ending_ || bytes_per_second_ == 0; });
}

}  // namespace holdfast
