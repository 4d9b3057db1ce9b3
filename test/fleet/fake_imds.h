// The metadata service of fake_imds.py, started for one test.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "adapters/http/http_client.h"
#include "adapters/local/system_clock.h"
#include "support/program.h"

namespace holdfast::test {

class FakeImds {
 public:
  FakeImds() : program_({"/usr/bin/python3", FAKE_IMDS, IMDS_DESCRIPTION}, {{"PATH", "/usr/bin"}}) {
    if (!program_.says("listening ", std::chrono::seconds(60)) ||
        !program_.says("\n", std::chrono::seconds(60))) {
      throw std::runtime_error("the metadata service did not start: " + program_.output());
    }
    const std::string said = program_.output();
    port_ = said.substr(said.find(' ') + 1, said.find('\n') - said.find(' ') - 1);
  }

  std::string url() const { return "http://127.0.0.1:" + port_; }

  // What was asked so far: a list of {method, path, body, faults, status} as JSON.
  std::string seen() const { return call("GET", "/_seen", ""); }
  // Every further answer; "null": the usual ones, "0": none at all.
  void answer_with(const std::string& status) const {
    call("PUT", "/_answer", R"({"status": )" + status + "}");
  }

 private:
  std::string call(const std::string& method, const std::string& target,
                   const std::string& body) const {
    HttpClient client(parse_endpoint(url()), "", clock_);
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::string_view(body);
    request.answer_bytes_max = 1'000'000;
    return client.call(request, clock_.now() + std::chrono::seconds(20)).body;
  }

  Program program_;
  SystemClock clock_;
  std::string port_;
};

}  // namespace holdfast::test
