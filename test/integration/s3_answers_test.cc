// The S3 store against a server that says what no real one can be made to say on order.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "adapters/s3/s3_store.h"
#include "fakes/scripted_http_server.h"
#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

using Answers = std::vector<std::string>;

const std::string kDone = http_answer("200 OK", "ETag: \"x\"\r\n", "");

class S3AnswersTest : public testing::Test {
 protected:
  // A store whose server gives these answers, in order.
  S3Store& store_with(Answers answers) {
    server_.emplace(std::move(answers));
    S3Config config;
    config.endpoint = server_->url();
    config.bucket = "bucket";
    config.prefix = "team";
    config.credentials = {"ACCESS", "very-secret", "session-token"};
    store_.emplace(config, clock_);
    return *store_;
  }

  TimePoint soon() const { return clock_.now() + 20s; }

  std::optional<std::string> get(Answers answers) {
    return store_with(std::move(answers)).get("a", 1000, soon());
  }
  CreateOutcome create(Answers answers) {
    return store_with(std::move(answers)).create("a", "bytes", soon());
  }

  void expect_error(ErrorKind kind, const std::string& words, const std::function<void()>& call) {
    try {
      call();
      ADD_FAILURE() << "no error; expected " << words;
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(error.kind(), kind) << text;
      EXPECT_NE(text.find(words), std::string::npos) << text;
      EXPECT_EQ(text.find("very-secret"), std::string::npos) << text;
      EXPECT_EQ(text.find("session-token"), std::string::npos) << text;
    }
  }

  SystemClock clock_;
  std::optional<ScriptedHttpServer> server_;
  std::optional<S3Store> store_;
};

TEST_F(S3AnswersTest, ARequestNamesTheObjectAndIsSigned) {
  EXPECT_EQ(create({kDone}), CreateOutcome::created);
  const std::string request = server_->requests().at(0);
  EXPECT_TRUE(request.starts_with("PUT /bucket/team/a HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("if-none-match: *\r\n"), std::string::npos);
  EXPECT_NE(request.find("x-amz-content-sha256: " + sha256("bytes").hex()), std::string::npos);
  EXPECT_NE(request.find("x-amz-security-token: session-token\r\n"), std::string::npos);
  EXPECT_NE(request.find("SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;"
                         "x-amz-security-token,"),
            std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\nbytes"));
  EXPECT_EQ(request.find("very-secret"), std::string::npos);
}

TEST_F(S3AnswersTest, AListingStartsBelowTheStoresPrefix) {
  const std::string page =
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>team/a/2</Key><Size>3</"
      "Size>"
      "</Contents></ListBucketResult>";
  const auto entries = store_with({http_answer("200 OK", "", page)}).list("a/", "a/1", 5, soon());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries.front().key, "a/2");
  EXPECT_TRUE(server_->requests().at(0).starts_with(
      "GET /bucket?encoding-type=url&list-type=2&max-keys=5&prefix=team%2Fa%2F&"
      "start-after=team%2Fa%2F1 HTTP/1.1\r\n"))
      << server_->requests().at(0);
}

TEST_F(S3AnswersTest, ListingsGoOnFromPageToPageAndSkipWhatIsNoObjectOfOurs) {
  const auto page = [](const std::string& more, const Answers& keys) {
    std::string body = "<ListBucketResult><IsTruncated>" + more + "</IsTruncated>" +
                       "<NextContinuationToken>t&amp;1</NextContinuationToken>";
    for (const auto& key : keys) {
      body += "<Contents><Key>team/" + key + "</Key><Size>1</Size></Contents>";
    }
    return http_answer("200 OK", "", body + "</ListBucketResult>");
  };
  const auto entries = store_with({page("true", {"a/", "a//b", "a/1"}), page("true", {}),
                                   page("false", {"a/2", "a/3"})})
                           .list("a/", "", 2, soon());
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].key, "a/1");
  EXPECT_EQ(entries[1].key, "a/2");
  EXPECT_NE(server_->requests().at(2).find("continuation-token=t%261&"), std::string::npos);
  EXPECT_NE(server_->requests().at(2).find("max-keys=1&"), std::string::npos);
}

TEST_F(S3AnswersTest, AServerThatDoesNotKnowWhereToStartDoesNotBringOldKeysAgain) {
  const std::string page =
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>team/1</Key><Size>3</Size>"
      "</Contents><Contents><Key>team/2</Key><Size>3</Size></Contents></ListBucketResult>";
  const auto entries = store_with({http_answer("200 OK", "", page)}).list("", "1", 5, soon());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries.front().key, "2");
}

TEST_F(S3AnswersTest, AListingThatIsNoneOrOfSomethingElseIsAnError) {
  expect_error(ErrorKind::unavailable, "something else", [&] {
    static_cast<void>(
        store_with({http_answer("200 OK", "", "<html>Welcome</html>")}).list("a/", "", 5, soon()));
  });
  const std::string foreign =
      "<ListBucketResult><Contents><Key>other/x</Key><Size>1</Size></Contents></ListBucketResult>";
  expect_error(ErrorKind::corrupt, "do not begin with", [&] {
    static_cast<void>(store_with({http_answer("200 OK", "", foreign)}).list("a/", "", 5, soon()));
  });
}

TEST_F(S3AnswersTest, OnlyNoSuchKeyMeansThatNothingIsThere) {
  EXPECT_EQ(get({s3_error_answer("404 Not Found", "NoSuchKey")}), std::nullopt);
  expect_error(ErrorKind::denied, "NoSuchBucket (said the test); create the bucket",
               [&] { static_cast<void>(get({s3_error_answer("404 Not Found", "NoSuchBucket")})); });
  expect_error(ErrorKind::unavailable, "an S3 server does not answer like this",
               [&] { static_cast<void>(get({http_answer("404 Not Found", "", "nginx")})); });
}

TEST_F(S3AnswersTest, AGetThatIsNotAnsweredWithAnObjectIsAnError) {
  for (const char* status : {"204 No Content", "206 Partial Content", "202 Accepted"}) {
    expect_error(ErrorKind::unavailable, "bucket", [&] {
      static_cast<void>(get({std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n"}));
    });
  }
}

TEST_F(S3AnswersTest, OverloadAndConflictAreUnavailable) {
  for (const char* status : {"409 Conflict", "429 Too Many Requests", "500 Oops", "503 Slow Down",
                             "408 Request Timeout"}) {
    expect_error(ErrorKind::unavailable, "did not create 'team/a' in bucket bucket",
                 [&] { static_cast<void>(create({http_answer(status, "", "")})); });
  }
}

TEST_F(S3AnswersTest, ConditionsThatTheStoreDoesNotKnowAreRejected) {
  expect_error(ErrorKind::rejected, "conditional writes", [&] {
    static_cast<void>(create({s3_error_answer("501 Not Implemented", "NotImplemented")}));
  });
}

TEST_F(S3AnswersTest, ARefusalNamesTheRequest) {
  expect_error(ErrorKind::denied, "may read, write and list this bucket [request tx-7]", [&] {
    static_cast<void>(create({http_answer("403 Forbidden", "X-Amz-Request-Id: tx-7\r\n", "")}));
  });
}

TEST_F(S3AnswersTest, ACopyThatFailsAfterItsStatusIsUnavailable) {
  const auto copy = [&](const std::string& body) {
    return store_with({http_answer("200 OK", "", body)}).copy("a", "b", 1, soon());
  };
  EXPECT_TRUE(copy("  \n<CopyObjectResult><ETag>x</ETag></CopyObjectResult>"));
  EXPECT_NE(server_->requests().at(0).find("x-amz-copy-source: /bucket/team/a\r\n"),
            std::string::npos);
  expect_error(ErrorKind::unavailable, "InternalError",
               [&] { static_cast<void>(copy("<Error><Code>InternalError</Code></Error>")); });
  expect_error(ErrorKind::unavailable, "status 200", [&] { static_cast<void>(copy("")); });
}

TEST_F(S3AnswersTest, AWrongClockIsCorrectedOnceAndRemembered) {
  const std::string skewed = http_answer("403 Forbidden", "Date: Tue, 01 Jan 2080 00:00:00 GMT\r\n",
                                         "<Error><Code>RequestTimeTooSkewed</Code></Error>");
  EXPECT_EQ(create({skewed, kDone, kDone}), CreateOutcome::created);
  store_->remove("a", soon());
  ASSERT_EQ(server_->requests().size(), 3u);
  EXPECT_EQ(server_->requests()[0].find("x-amz-date: 2080"), std::string::npos);
  for (const std::size_t i : {1u, 2u}) {
    const std::string request = server_->requests().at(i);
    const std::string date = request.substr(request.find("x-amz-date: ") + 12, 13);
    EXPECT_TRUE(date == "20800101T0000" || date == "20791231T2359") << date;
  }
  expect_error(ErrorKind::denied, "set this machine's clock", [&] {
    static_cast<void>(create({skewed, skewed, kDone}));
  });
}

TEST_F(S3AnswersTest, BytesDamagedOnTheWayAreSentOnceMore) {
  const std::string damaged = s3_error_answer("400 Bad Request", "XAmzContentSHA256Mismatch");
  EXPECT_EQ(create({damaged, kDone}), CreateOutcome::created);
  expect_error(ErrorKind::corrupt, "XAmzContentSHA256Mismatch", [&] {
    static_cast<void>(create({damaged, damaged, kDone}));
  });
}

TEST_F(S3AnswersTest, ABodyOfAnotherLengthThanAnnouncedIsUnavailable) {
  expect_error(ErrorKind::unavailable, "broke off", [&] {
    static_cast<void>(
        get({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhalf"}));
  });
  expect_error(ErrorKind::unavailable, "without saying how long", [&] {
    static_cast<void>(get({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole?"}));
  });
  expect_error(ErrorKind::unavailable, "broke off", [&] {
    static_cast<void>(
        get({"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked"
             "\r\n\r\n4\r\nhalf\r\n"}));
  });
}

TEST_F(S3AnswersTest, AnAnswerBeforeTheServerClosesIsAsGoodAsAnyOther) {
  const std::string last = http_answer("200 OK", "Connection: close\r\n", "bytes");
  EXPECT_EQ(get({last}), "bytes");
  EXPECT_EQ(create({http_answer("412 Precondition Failed", "Connection: close\r\n", "")}),
            CreateOutcome::exists);
}

TEST_F(S3AnswersTest, ChunkedAndInterimAnswersAreRead) {
  EXPECT_EQ(get({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
                 "\r\n\r\n2\r\nwh\r\n3\r\nole\r\n0\r\n\r\n"}),
            "whole");
}

TEST_F(S3AnswersTest, RubbishInsteadOfHttpIsUnavailable) {
  expect_error(ErrorKind::unavailable, "broke off",
               [&] { static_cast<void>(get({"220 mail.example ESMTP Connection: close\r\n"})); });
  expect_error(ErrorKind::unavailable, "broke off", [&] {
    static_cast<void>(get(
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"}));
  });
}

TEST_F(S3AnswersTest, MoreThanAllowedIsNotRead) {
  expect_error(ErrorKind::corrupt, "more than the", [&] {
    static_cast<void>(get({"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\nx"}));
  });
}

TEST_F(S3AnswersTest, AKeptConnectionThatTheServerClosedIsReplacedSilently) {
  // Says that it stays, and goes with the next request.
  EXPECT_EQ(create({kDone, "", kDone}), CreateOutcome::created);
  EXPECT_EQ(store_->create("b", "x", soon()), CreateOutcome::created);
  EXPECT_EQ(server_->requests().size(), 3u);
}

TEST_F(S3AnswersTest, AFreshConnectionThatIsClosedWithoutAnAnswerIsUnavailable) {
  expect_error(ErrorKind::unavailable, "without an answer", [&] {
    static_cast<void>(create({"", ""}));
  });
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(S3AnswersTest, OneConnectionServesManyRequests) {
  S3Store& store = store_with(Answers(50, kDone));
  for (int i = 0; i < 50; ++i) store.remove("a", soon());
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(S3AnswersTest, AServerThatHangsEndsAtTheDeadline) {
  S3Store& store = store_with({});
  const TimePoint start = clock_.now();
  expect_error(ErrorKind::unavailable, "did not answer in time",
               [&] { static_cast<void>(store.get("a", 10, start + 200ms)); });
  const Duration took = clock_.now() - start;
  EXPECT_GE(took, 200ms);
  EXPECT_LT(took, 5s);
}

TEST_F(S3AnswersTest, AServerThatTakesNothingInEndsAtTheDeadline) {
  // Nobody accepts: the kernel takes the connection and as much of the body as it has room for.
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), any, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), any, &size), 0);
  S3Config config;
  config.endpoint = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  config.bucket = "bucket";
  config.credentials = {"ACCESS", "very-secret", ""};
  S3Store store(config, clock_);
  const std::string large(64 << 20, 'x');
  expect_error(ErrorKind::unavailable, "did not take the request in time",
               [&] { store.put("a", large, Sha256Digest(), clock_.now() + 300ms); });
}

TEST_F(S3AnswersTest, AClosedPortIsUnavailableAndNamed) {
  S3Config config;
  config.endpoint = "http://127.0.0.1:1";
  config.bucket = "bucket";
  config.credentials = {"ACCESS", "very-secret", ""};
  S3Store store(config, clock_);
  expect_error(ErrorKind::unavailable, "cannot reach http://127.0.0.1:1: Connection refused",
               [&] { static_cast<void>(store.get("a", 10, soon())); });
}

TEST_F(S3AnswersTest, AHostThatDoesNotExistIsUnavailableAndNamed) {
  S3Config config;
  config.endpoint = "http://no-such-host.invalid";
  config.bucket = "bucket";
  config.credentials = {"ACCESS", "very-secret", ""};
  S3Store store(config, clock_);
  expect_error(ErrorKind::unavailable, "cannot find the host no-such-host.invalid",
               [&] { static_cast<void>(store.get("a", 10, clock_.now() + 2s)); });
}

TEST_F(S3AnswersTest, AConfigurationThatCannotWorkIsRejectedAtOnce) {
  const S3Config good{"http://h", "", "bucket", "", {"ACCESS", "very-secret", ""}, {}, ""};
  const auto refused = [&](const std::string& words, const std::function<void(S3Config&)>& spoil) {
    S3Config config = good;
    spoil(config);
    expect_error(ErrorKind::rejected, words, [&] { S3Store(config, clock_); });
  };
  refused("name of a bucket", [](S3Config& config) { config.bucket = ""; });
  refused("name of a bucket", [](S3Config& config) { config.bucket = "a/b"; });
  refused("access key", [](S3Config& config) { config.credentials.secret_key = ""; });
  refused("https://host", [](S3Config& config) { config.endpoint = "h"; });
  refused("'..'", [](S3Config& config) { config.prefix = "../x"; });
  S3Config untrusting = good;
  untrusting.endpoint = "https://h";
  untrusting.ca_file = "/no/such/file";
  expect_error(ErrorKind::machine, "certificate authorities", [&] { S3Store(untrusting, clock_); });
}

TEST_F(S3AnswersTest, ALineBreakInATokenIsRejectedAndNotSent) {
  S3Config config;
  config.endpoint = "http://127.0.0.1:1";
  config.bucket = "bucket";
  config.credentials = {"ACCESS\n", "very-secret", ""};
  server_.emplace(Answers{});
  config.endpoint = server_->url();
  S3Store store(config, clock_);
  expect_error(ErrorKind::rejected, "line break",
               [&] { static_cast<void>(store.get("a", 10, soon())); });
  EXPECT_TRUE(server_->requests().empty());
}

}  // namespace
}  // namespace holdfast
