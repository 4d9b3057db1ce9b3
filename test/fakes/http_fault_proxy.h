// A proxy between a client and a real HTTP server that misbehaves when told to, request by request:
// answers instead of the server, loses or damages the server's answer, or holds a request while a
// test does something else. For faults of the wire alone, see fault_proxy.h.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace holdfast {

// Requests of this method whose target contains `part`; both empty: all.
struct RequestMatch {
  std::string method;
  std::string part;
  bool hits(const std::string& of_method, const std::string& target) const;
};

enum class HttpFault {
  none,
  answer,       // Says `status` without asking the server.
  lose_answer,  // The server does it, and the client is cut off.
  truncate,     // Half of the answer's body, then the connection is cut.
  damage,       // The byte in the middle of the answer's body is another one.
  hold_head,    // Held once its head has come; nothing was passed on.
  hold_half,    // Held once half of its body was passed on.
  hold_done,    // Held once the server has done it; the client does not know.
};

struct HttpRule {
  RequestMatch match;
  HttpFault fault = HttpFault::answer;
  int status = 503;
  int times = 1;
};
constexpr int kAlways = 1'000'000'000;

class HttpFaultProxy {
 public:
  // Listens on 127.0.0.1 and carries requests to `host`:`port`.
  HttpFaultProxy(std::string host, std::uint16_t port);
  ~HttpFaultProxy();
  HttpFaultProxy(const HttpFaultProxy&) = delete;
  HttpFaultProxy& operator=(const HttpFaultProxy&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // From now on. Of the rules that match a request the first with times left is taken.
  void add(HttpRule rule);
  // Lets go what is held.
  void release();
  // Forgets all rules and lets go what is held.
  void heal();
  // The server is away: present connections are cut, new ones closed at once.
  void set_away(bool away);
  // Request bodies come no faster than this, all together; 0: as fast as they can.
  void limit_uplink(std::uint64_t bytes_per_second);

  // Waits until rules have hit `count` requests, counted from the beginning; a held one counts once
  // it is held. False if that has not happened after `time_max`.
  [[nodiscard]] bool wait_for_hits(int count, std::chrono::milliseconds time_max);

  // How many bytes of request bodies were read for such requests.
  std::uint64_t body_bytes(const RequestMatch& match) const;

 private:
  struct Connection;
  struct Request {
    std::string method;
    std::string target;
    std::uint64_t body_bytes = 0;  // Read so far.
  };

  void accept_all();
  void serve(Connection& connection);
  // False if the connection is over.
  bool carry(Connection& connection);
  bool pass_body(Connection& connection, std::uint64_t length, std::size_t request, bool hold_half);
  bool pass_answer(Connection& connection, bool head_only, HttpFault fault);
  HttpRule rule_for(const Request& request);
  bool hold();
  void note_hit();
  void wait_for_uplink(std::uint64_t bytes);

  const std::string host_;
  const std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  FileDescriptor listener_;  // Sets port_.

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HttpRule> rules_;
  std::vector<Request> requests_;
  int hits_ = 0;
  int releases_ = 0;
  bool away_ = false;
  bool ending_ = false;
  std::uint64_t bytes_per_second_ = 0;
  std::chrono::steady_clock::time_point uplink_free_;

  std::list<std::unique_ptr<Connection>> connections_;
  std::thread thread_;
};

}  // namespace holdfast
