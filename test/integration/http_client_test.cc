// What the HTTP client promises to those whose requests must not be made twice.
#include "adapters/http/http_client.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "fakes/fault_proxy.h"
#include "fakes/scripted_http_server.h"
#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest()
      : server_(std::vector<std::string>(50, http_answer("200 OK", "", "x"))),
        endpoint_(parse_endpoint(server_.url())),
        proxy_(endpoint_.host, endpoint_.port),
        client_(parse_endpoint("http://127.0.0.1:" + std::to_string(proxy_.port())), "", clock_) {}

  HttpRequest post() const {
    HttpRequest request;
    request.method = "POST";
    request.target = "/jobs";
    request.body = std::string_view("body");
    request.answer_bytes_max = 100;
    return request;
  }

  HttpResponse call(const HttpRequest& request) { return client_.call(request, soon()); }
  TimePoint soon() const { return clock_.now() + 20s; }

  SystemClock clock_;
  ScriptedHttpServer server_;
  Endpoint endpoint_;
  FaultProxy proxy_;
  HttpClient client_;
};

TEST_F(HttpClientTest, ARequestThatMustNotBeRepeatedIsNotWhenItsAnswerIsLost) {
  EXPECT_EQ(call(post()).status, 200u);
  proxy_.swallow_next_answer();
  try {
    call(post());
    ADD_FAILURE() << "the lost answer was not missed";
  } catch (const Error& error) {
    EXPECT_TRUE(error.may_work_later());
  }
  EXPECT_EQ(server_.requests().size(), 2u);
  EXPECT_EQ(call(post()).status, 200u);
  EXPECT_EQ(server_.requests().size(), 3u);
}

TEST(HttpClient, AnAnswerThatEndsItsConnectionIsOneAllTheSame) {
  SystemClock clock;
  ScriptedHttpServer server(
      {http_answer("200 OK", "Connection: close\r\n", "whole"), http_answer("200 OK", "", "next")});
  HttpClient client(parse_endpoint(server.url()), "", clock);
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  request.answer_bytes_max = 100;
  EXPECT_EQ(client.call(request, clock.now() + 20s).body, "whole");
  EXPECT_EQ(client.call(request, clock.now() + 20s).body, "next");
}

TEST_F(HttpClientTest, AConnectionThatWasClosedWhileIdleIsNotUsedForIt) {
  EXPECT_EQ(call(post()).status, 200u);
  proxy_.cut();
  EXPECT_EQ(call(post()).status, 200u);
  EXPECT_EQ(proxy_.connections_made(), 2u);
}

TEST_F(HttpClientTest, ARequestHasHostLengthAndItsOwnHeaders) {
  HttpRequest request = post();
  request.headers = {{"Api-Key", "k"}};
  EXPECT_EQ(call(request).body, "x");
  const std::string sent = server_.requests().at(0);
  EXPECT_TRUE(sent.starts_with(
      "POST /jobs HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(proxy_.port()) + "\r\n"))
      << sent;
  EXPECT_NE(sent.find("\r\nContent-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(sent.ends_with("Api-Key: k\r\n\r\nbody"));
}

TEST_F(HttpClientTest, AnAnswerLongerThanAllowedIsNotTaken) {
  HttpRequest request = post();
  request.answer_bytes_max = 0;
  try {
    call(request);
    ADD_FAILURE() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  }
}

TEST_F(HttpClientTest, APartOfAFileIsSentFromWhereItBegins) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  replace_file(path, "0123456789");
  const FileDescriptor file = open_to_read(path);
  HttpRequest request = post();
  request.body = FileBody{&file, path, 3, 4};
  EXPECT_EQ(call(request).status, 200u);
  EXPECT_TRUE(server_.requests().at(0).ends_with("\r\n\r\n3456"));
}

TEST_F(HttpClientTest, CallsAtTheSameTimeHaveConnectionsOfTheirOwn) {
  // The server serves one connection after the other, so a second call waits for the first one's
  // connection to end: only that this call has another one is seen.
  EXPECT_EQ(call(post()).status, 200u);
  proxy_.freeze();
  {
    std::vector<std::jthread> calls;
    for (int i = 0; i < 3; ++i) {
      calls.emplace_back([this] {
        EXPECT_THROW(static_cast<void>(client_.call(post(), clock_.now() + 300ms)), Error);
      });
    }
  }
  EXPECT_EQ(proxy_.connections_made(), 3u);  // One was there.
}

}  // namespace
}  // namespace holdfast
