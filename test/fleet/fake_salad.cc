#include "fleet/fake_salad.h"

#include <chrono>
#include <stdexcept>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "adapters/http/http_client.h"
#include "adapters/local/system_clock.h"
#include "holdfast/error.h"

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

// A machine that is busy takes its time to start a program.
constexpr auto kStart = 60s;
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

}  // namespace

FakeSalad::FakeSalad(const std::vector<std::string>& options,
                     std::map<std::string, std::string> environment) {
  std::vector<std::string> words{"/usr/bin/python3", FAKE_SALAD, "--description", SALAD_API};
  words.insert(words.end(), options.begin(), options.end());
  environment.insert(kPath.begin(), kPath.end());
  cloud_ = std::make_unique<Program>(words, environment);
  url_ = "http://127.0.0.1:" + number_behind(*cloud_, "port ");
}

FakeSalad::~FakeSalad() {
  EXPECT_THAT(misfits(), testing::IsEmpty());
}

std::string FakeSalad::request(const std::string& method, const std::string& path,
                               const std::string& body) const {
  const SystemClock clock;
  HttpClient client(parse_endpoint(url_), {}, clock);
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

std::vector<std::string> FakeSalad::misfits() const {
  return nlohmann::json::parse(state()).at("misfits").get<std::vector<std::string>>();
}

}  // namespace holdfast::test
