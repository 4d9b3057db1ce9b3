// The server that shows pages: right answers to those who ask properly, and no harm from others.
#include "adapters/http/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/http/http_client.h"
#include "adapters/local/system_clock.h"
#include "base/file.h"
#include "fakes/thrown.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

Page page_for(const std::string& path) {
  if (path == "/good") return {200, "text/plain", "hello"};
  if (path == "/broken") throw std::runtime_error("no page");
  return {404, "text/plain", "nothing here"};
}

class HttpServerTest : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& target) {
    HttpClient client(parse_endpoint("http://" + server_.address().text()), "", clock_);
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.answer_bytes_max = 1000;
    return client.call(request, clock_.now() + 20s);
  }

  FileDescriptor connected() const {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_.address().port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return socket;
  }

  // All that comes until the server closes.
  static std::string rest_of(const FileDescriptor& socket) {
    std::string text;
    char bytes[4096];
    for (ssize_t got = 0; (got = ::read(socket.get(), bytes, sizeof bytes)) > 0;) {
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }

  SystemClock clock_;
  HttpServer server_{ListenAddress{}, page_for};
};

TEST_F(HttpServerTest, ShowsThePageOfAPathAndIgnoresTheQuery) {
  const HttpResponse answer = ask("GET", "/good?verbose=1");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(ask("GET", "/elsewhere").status, 404u);
}

TEST_F(HttpServerTest, OnlyReadingIsAnswered) {
  EXPECT_EQ(ask("DELETE", "/good").status, 405u);
}

TEST_F(HttpServerTest, APageThatCannotBeMadeIsAnAnswerToo) {
  EXPECT_EQ(ask("GET", "/broken").status, 500u);
  EXPECT_EQ(ask("GET", "/good").status, 200u);
}

TEST_F(HttpServerTest, ARequestThatIsTooLargeIsCutOffAndOthersAreServed) {
  const FileDescriptor socket = connected();
  const std::string large = "GET /good HTTP/1.1\r\nX: " + std::string(100'000, 'x');
  static_cast<void>(::send(socket.get(), large.data(), large.size(), MSG_NOSIGNAL));
  EXPECT_EQ(rest_of(socket).find("hello"), std::string::npos);
  EXPECT_EQ(ask("GET", "/good").status, 200u);
}

TEST_F(HttpServerTest, WhoOnlyConnectsKeepsNobodyOut) {
  std::vector<FileDescriptor> silent;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < HttpServer::kConnectionsMax; ++i) silent.push_back(connected());
    EXPECT_EQ(ask("GET", "/good").status, 200u) << round;
  }
}

TEST_F(HttpServerTest, WhoSaysNothingIsDroppedAfterASecond) {
  const TimePoint begin = clock_.now();
  EXPECT_EQ(rest_of(connected()), "");
  EXPECT_GE(clock_.now() - begin, 900ms);
  EXPECT_LT(clock_.now() - begin, 5s);
}

TEST_F(HttpServerTest, AnAddressThatIsInUseIsRefusedWithASentence) {
  try {
    const HttpServer second(server_.address(), page_for);
    ADD_FAILURE() << "two servers listen at one port";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(server_.address().text()), std::string::npos);
  }
}

TEST(ListenAddress, WithoutAnAddressItIsTheLoopbackOne) {
  for (const char* text : {"9300", ":9300", "127.0.0.1:9300", "localhost:9300"}) {
    EXPECT_EQ(parse_listen_address(text).text(), "127.0.0.1:9300") << text;
  }
  EXPECT_EQ(parse_listen_address("0.0.0.0:1").text(), "0.0.0.0:1");
  EXPECT_EQ(parse_listen_address("[::]:80").text(), "[::]:80");
  EXPECT_EQ(reachable(parse_listen_address("[::]:80")).text(), "[::1]:80");
}

TEST(ListenAddress, WhatIsNoneIsRefused) {
  for (const char* text : {"", ":", "port", "99999", "-1", "host.example:80", "::1:80", "[::1]",
                           "[127.0.0.1]:80", "1.2.3:80", "80 "}) {
    EXPECT_THROW(static_cast<void>(parse_listen_address(text)), Error) << text;
  }
}

}  // namespace
}  // namespace holdfast
