// Endpoints come from people, dates and headers from servers.
#include <gtest/gtest.h>

#include "adapters/http/endpoint.h"
#include "adapters/http/http_date.h"
#include "adapters/http/http_message.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

TEST(EndpointTest, TheUsualFormsAreRead) {
  const Endpoint plain = parse_endpoint("http://127.0.0.1:9000");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, 9000);
  EXPECT_EQ(plain.path, "");
  EXPECT_EQ(plain.authority(), "127.0.0.1:9000");

  const Endpoint secure = parse_endpoint("https://account.r2.cloudflarestorage.com/");
  EXPECT_TRUE(secure.tls);
  EXPECT_EQ(secure.port, 443);
  EXPECT_EQ(secure.path, "");
  EXPECT_EQ(secure.authority(), "account.r2.cloudflarestorage.com");

  const Endpoint below = parse_endpoint("https://host:8443/storage/v1/s3/");
  EXPECT_EQ(below.path, "/storage/v1/s3");
  EXPECT_EQ(below.text(), "https://host:8443/storage/v1/s3");

  const Endpoint v6 = parse_endpoint("http://[::1]:81");
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.authority(), "[::1]:81");
  EXPECT_EQ(parse_endpoint("http://[::1]").authority(), "[::1]");
}

TEST(EndpointTest, WhatIsNoEndpointIsRejectedWithoutRepeatingIt) {
  for (const char* bad :
       {"", "host", "ftp://host", "https://", "https://:80", "https://host:", "https://host:0",
        "https://host:65536", "https://host:80x", "https://[::1", "https://[::1]x", "https://a b",
        "https://host?x", "https://host/#x", "https://key:secret@host", "https://caf\xC3\xA9"}) {
    try {
      static_cast<void>(parse_endpoint(bad));
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::rejected);
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  }
}

TEST(HttpDateTest, TheOneFormThatServersSendIsRead) {
  const WallTime expected =
      std::chrono::sys_days(std::chrono::November / 6 / 1994) + 8h + 49min + 37s;
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
}

TEST(HttpDateTest, AnythingElseIsNone) {
  for (const char* bad :
       {"", "now", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
}

TEST(HttpResponseTest, HeadersAreFoundWhateverTheirCase) {
  const HttpResponse response{200, {{"Content-Type", "a"}, {"X-Amz-Request-Id", "b"}}, ""};
  EXPECT_EQ(response.header("x-amz-request-id"), "b");
  EXPECT_EQ(response.header("CONTENT-TYPE"), "a");
  EXPECT_EQ(response.header("content"), std::nullopt);
}

}  // namespace
}  // namespace holdfast
