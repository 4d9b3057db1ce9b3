#include "fakes/scripted_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/check.h"

namespace holdfast {

ScriptedHttpServer::ScriptedHttpServer(std::vector<std::string> answers)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)),
      answers_(std::move(answers)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  check(::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 16) == 0 &&
            ::getsockname(listener_.get(), any, &size) == 0,
        "the scripted server can listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
  thread_.join();
}

std::string ScriptedHttpServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> ScriptedHttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t ScriptedHttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

bool ScriptedHttpServer::wait_readable(const FileDescriptor& socket) const {
  std::array<pollfd, 2> polled = {{{wake_.get(), POLLIN, 0}, {socket.get(), POLLIN, 0}}};
  static_cast<void>(::poll(polled.data(), polled.size(), -1));
  return polled[0].revents == 0;
}

void ScriptedHttpServer::run() {
  while (wait_readable(listener_)) {  // Ends by the destructor.
    const FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.open()) continue;
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
    }
    serve(client);
  }
}

void ScriptedHttpServer::serve(const FileDescriptor& client) {
  std::string request;
  while (read_request(client, request)) {  // Ends with the connection.
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::exchange(request, {}));
    }
    if (next_ == answers_.size()) continue;
    const std::string& answer = answers_[next_++];
    static_cast<void>(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
    if (answer.empty() || answer.find("Connection: close") != std::string::npos) return;
  }
}

bool ScriptedHttpServer::read_request(const FileDescriptor& client, std::string& request) {
  std::size_t whole = std::string::npos;
  while (request.size() < whole) {  // Ends with the request or the connection.
    if (!wait_readable(client)) return false;
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(client.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    request.append(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    const std::size_t length = request.find("Content-Length: ");
    const bool has_body = length != std::string::npos && length < head;
    whole = head + 4 + (has_body ? std::stoul(request.substr(length + 16)) : 0);
  }
  return true;
}

std::string http_answer(const std::string& status, const std::string& headers,
                        const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

std::string s3_error_answer(const std::string& status, const std::string& code) {
  return http_answer(status, "Content-Type: application/xml\r\n",
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>" + code +
                         "</Code><Message>said the test</Message></Error>");
}

}  // namespace holdfast
