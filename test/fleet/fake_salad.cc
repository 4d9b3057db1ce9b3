#include "fleet/fake_salad.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "adapters/http/http_client.h"
#include "adapters/local/system_clock.h"
#include "base/file.h"
#include "holdfast/error.h"

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

// A machine that is busy takes its time to start a program of JavaScript.
constexpr auto kStart = 120s;
constexpr auto kAnswer = 30s;
constexpr std::uint64_t kAnswerBytesMax = 16 * 1024 * 1024;

const std::map<std::string, std::string> kPath = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};

// The number behind the last `words` of what a program printed.
std::string number_behind(Program& program, const std::string& words) {
  if (!program.says(words, kStart)) {
    throw std::runtime_error("did not start: " + program.output());
  }
  const auto digits = [&] {
    const std::string& text = program.output();
    const std::size_t begin = text.rfind(words) + words.size();
    return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
  };
  static_cast<void>(program.says("\n", kStart));
  return digits();
}

std::uint16_t free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), any, length) != 0 || ::getsockname(socket.get(), any, &length) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

void await_answer(const std::string& url, Program& server) {
  const SystemClock clock;
  HttpClient client(parse_endpoint(url), {}, clock);
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  request.answer_bytes_max = kAnswerBytesMax;
  const TimePoint until = clock.now() + kStart;
  while (clock.now() < until) {
    try {
      static_cast<void>(client.call(request, clock.now() + kAnswer));
      return;
    } catch (const Error&) {
      if (server.ends(200ms) >= 0) break;  // What it waits for is the program's end.
    }
  }
  throw std::runtime_error(url + " did not start: " + server.output());
}

}  // namespace

FakeSalad::FakeSalad(const std::vector<std::string>& options,
                     std::map<std::string, std::string> environment) {
  std::vector<std::string> words{"python3", FAKE_SALAD};
  words.insert(words.end(), options.begin(), options.end());
  environment.insert(kPath.begin(), kPath.end());
  cloud_ = std::make_unique<Program>(words, environment);
  address_ = "http://127.0.0.1:" + number_behind(*cloud_, "port ");
  const std::string port = std::to_string(free_port());
  // It says more than a pipe holds unless it is told not to.
  proxy_ = std::make_unique<Program>(
      std::vector<std::string>{"node", from_services("HOLDFAST_TEST_PRISM"), "proxy", SALAD_API,
                               address_, "--errors", "--port", port, "-v", "warn"},
      kPath);
  url_ = "http://127.0.0.1:" + port;
  await_answer(url_, *proxy_);
}

std::string FakeSalad::request(const std::string& method, const std::string& path,
                               const std::string& body) const {
  const SystemClock clock;
  HttpClient client(parse_endpoint(address_), {}, clock);
  HttpRequest request;
  request.method = method;
  request.target = path;
  request.body = body;
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  return client.call(request, clock.now() + kAnswer).body;
}

void FakeSalad::forget() const {
  static_cast<void>(request("POST", "/_forget", ""));
}

void FakeSalad::order_faults(const std::string& json) const {
  static_cast<void>(request("POST", "/_faults", json));
}

std::string FakeSalad::state() const {
  return request("GET", "/_state", "");
}

std::uint64_t FakeSalad::seen(const std::string& what) const {
  return nlohmann::json::parse(state()).at("seen").value(what, std::uint64_t{0});
}

std::uint64_t FakeSalad::number(const std::string& what) const {
  return nlohmann::json::parse(state()).at(what).get<std::uint64_t>();
}

std::string FakeSalad::status() const {
  return nlohmann::json::parse(state()).at("status").get<std::string>();
}

}  // namespace holdfast::test
