// The signer, held to the examples that Amazon has published: the S3 documentation's "Signature
// Calculations" and the Signature Version 4 test suite.
#include "adapters/s3/sigv4.h"

#include <gtest/gtest.h>

#include "adapters/s3/uri.h"
#include "core/text.h"

namespace holdfast {
namespace {

const WallTime kMay2013 = std::chrono::sys_days(std::chrono::May / 24 / 2013);
const WallTime kAugust2015 = std::chrono::sys_days(std::chrono::August / 30 / 2015) + 12h + 36min;

std::string signature_of(const std::string& authorization) {
  return authorization.substr(authorization.rfind('=') + 1);
}

// The requests of the S3 documentation.
std::string s3_signature(SignedRequest request) {
  request.headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", request.body_sha256);
  request.headers.emplace_back("x-amz-date", amz_date(kMay2013));
  const S3Credentials keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  return signature_of(authorization(request, {"us-east-1", "s3"}, keys, kMay2013));
}

// The requests of the test suite.
std::string suite_signature(SignedRequest request) {
  request.headers.emplace_back("host", "example.amazonaws.com");
  request.headers.emplace_back("x-amz-date", amz_date(kAugust2015));
  const S3Credentials keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  return signature_of(authorization(request, {"us-east-1", "service"}, keys, kAugust2015));
}

const std::string kEmpty(kEmptySha256);

TEST(Sigv4Test, SignsGetObject) {
  EXPECT_EQ(s3_signature({"GET", "/test.txt", {}, {{"range", "bytes=0-9"}}, kEmpty}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sigv4Test, SignsPutObject) {
  EXPECT_EQ(s3_signature({"PUT",
                          "/" + percent_encode("test$file.text", "/"),
                          {},
                          {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                           {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                          "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Sigv4Test, SignsAParameterWithoutValue) {
  EXPECT_EQ(s3_signature({"GET", "/", {{"lifecycle", ""}}, {}, kEmpty}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(Sigv4Test, SignsAListing) {
  EXPECT_EQ(s3_signature({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, kEmpty}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Sigv4Test, SignsTheSuitesPlainGet) {
  EXPECT_EQ(suite_signature({"GET", "/", {}, {}, kEmpty}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(Sigv4Test, SortsTheQueryBeforeItSigns) {
  EXPECT_EQ(suite_signature({"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, {}, kEmpty}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(Sigv4Test, NamesTheSignedHeadersInOrder) {
  const SignedRequest request{
      "GET", "/", {}, {{"x-amz-date", amz_date(kMay2013)}, {"host", "h"}, {"a", "1"}}, kEmpty};
  const std::string text = authorization(request, {"auto", "s3"}, {"KEY", "secret", ""}, kMay2013);
  EXPECT_TRUE(
      text.starts_with("AWS4-HMAC-SHA256 Credential=KEY/20130524/auto/s3/aws4_request,"
                       "SignedHeaders=a;host;x-amz-date,Signature="));
  EXPECT_EQ(text.find("secret"), std::string::npos);
}

TEST(Sigv4Test, DatesAreInUtcToTheSecond) {
  EXPECT_EQ(amz_date(kAugust2015), "20150830T123600Z");
  EXPECT_EQ(amz_date(kAugust2015 + 999ms), "20150830T123600Z");
}

TEST(UriTest, EncodesEverythingButTheUnreserved) {
  EXPECT_EQ(percent_encode("a b+c%2F&='~-_.\xC3\xA9*", "/"),
            "a%20b%2Bc%252F%26%3D%27~-_.%C3%A9%2A");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
  EXPECT_EQ(percent_encode("a/b"), "a%2Fb");
}

TEST(UriTest, DecodesWhatItEncodes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(uri_decode(percent_encode(all)), all);
}

TEST(UriTest, APlusIsABlankAndABrokenEscapeIsNothing) {
  EXPECT_EQ(uri_decode("a+b%2Bc"), "a b+c");
  for (const char* broken : {"%", "%4", "a%zz", "%4g"}) EXPECT_EQ(uri_decode(broken), std::nullopt);
}

}  // namespace
}  // namespace holdfast
