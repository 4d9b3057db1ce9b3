// Large objects go up in parts: what happens when that breaks off anywhere.
#include <gtest/gtest.h>

#include "adapters/http/endpoint.h"
#include "adapters/local/system_clock.h"
#include "adapters/s3/s3_store.h"
#include "fakes/fault_proxy.h"
#include "fakes/s3_environment.h"
#include "fakes/scripted_http_server.h"
#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kPart = kPartBytesMin;
constexpr S3Sizes kSmallSizes{kPart, kPart, kPart, kPart};

class S3UploadsTest : public testing::Test {
 protected:
  TimePoint soon() const { return clock_.now() + std::chrono::seconds(60); }

  // A file of so many parts, no two of which are equal.
  std::filesystem::path file_of(std::uint64_t parts) {
    Random random(parts);
    bytes_.resize(parts * kPart);
    for (std::size_t i = 0; i < bytes_.size(); i += 64) {
      bytes_[i] = static_cast<char>(random.below(256));
    }
    const auto path = folder_.path() / "file";
    replace_file(path, bytes_);
    return path;
  }

  void upload(Store& store, const std::filesystem::path& file) {
    store.upload("a/large", file, bytes_.size(), sha256(bytes_), soon());
  }

  SystemClock clock_;
  TemporaryFolder folder_;
  std::string bytes_;
};

class S3BrokenUploadsTest : public S3UploadsTest {
 protected:
  S3BrokenUploadsTest() {
    config_.endpoint = "http://127.0.0.1:" + std::to_string(proxy_.port());
    store_.emplace(config_, clock_, kSmallSizes);
  }

  std::vector<UnfinishedUpload> unfinished() { return store_->unfinished_uploads("", 100, soon()); }

  void break_off(const std::filesystem::path& file, std::uint64_t after_bytes) {
    proxy_.cut_requests_after(after_bytes);
    EXPECT_EQ(kind_thrown_by([&] { upload(*store_, file); }), ErrorKind::unavailable);
    proxy_.heal();
  }

  S3Config config_ = s3_environment();
  Endpoint server_ = parse_endpoint(config_.endpoint);
  FaultProxy proxy_{server_.host, server_.port};
  std::optional<S3Store> store_;
};

TEST_F(S3BrokenUploadsTest, AnUploadThatBreaksOffGoesOnWhereItStopped) {
  const auto file = file_of(8);
  // Of six parts' bytes four may be half of a part each: two are through.
  break_off(file, 6 * kPart);
  EXPECT_EQ(store_->get("a/large", bytes_.size(), soon()), std::nullopt);
  ASSERT_EQ(unfinished().size(), 1u);
  EXPECT_EQ(unfinished()[0].key, "a/large");
  // All but two parts, and room for what is said around them: too little for the whole.
  proxy_.cut_requests_after(6 * kPart + 100'000);
  upload(*store_, file);
  proxy_.heal();
  EXPECT_TRUE(store_->get("a/large", bytes_.size(), soon()) == bytes_);
  EXPECT_TRUE(unfinished().empty());
}

TEST_F(S3BrokenUploadsTest, AnUploadThatSomebodyAbandonedBeginsAnew) {
  const auto file = file_of(8);
  break_off(file, 6 * kPart);
  for (const UnfinishedUpload& upload : unfinished()) store_->abandon(upload, soon());
  EXPECT_TRUE(unfinished().empty());
  EXPECT_EQ(kind_thrown_by([&] { upload(*store_, file); }), ErrorKind::unavailable);
  upload(*store_, file);
  EXPECT_TRUE(store_->get("a/large", bytes_.size(), soon()) == bytes_);
  EXPECT_TRUE(unfinished().empty());
}

TEST_F(S3BrokenUploadsTest, OtherContentUnderTheSameKeyIsNeverMixedIn) {
  break_off(file_of(8), 6 * kPart);
  const auto other = file_of(9);
  upload(*store_, other);
  EXPECT_TRUE(store_->get("a/large", bytes_.size(), soon()) == bytes_);
}

TEST_F(S3BrokenUploadsTest, OnlyUploadsBelowThePrefixAreListedAndNoMoreThanWanted) {
  const auto file = file_of(3);
  for (const std::string key : {"a/1", "a/2", "b/3"}) {
    proxy_.cut_requests_after(2 * kPart);
    EXPECT_THROW(store_->upload(key, file, bytes_.size(), sha256(bytes_), soon()), Error);
    proxy_.heal();
  }
  EXPECT_EQ(store_->unfinished_uploads("", 100, soon()).size(), 3u);
  EXPECT_EQ(store_->unfinished_uploads("", 2, soon()).size(), 2u);
  const auto below = store_->unfinished_uploads("a/", 100, soon());
  ASSERT_EQ(below.size(), 2u);
  EXPECT_EQ(below[0].key, "a/1");
  EXPECT_EQ(below[1].key, "a/2");
  for (const UnfinishedUpload& upload : store_->unfinished_uploads("", 100, soon())) {
    store_->abandon(upload, soon());
  }
}

// What a server says that no real one can be made to say on order.
class S3UploadAnswersTest : public S3UploadsTest {
 protected:
  S3Store store_at(const ScriptedHttpServer& server) {
    S3Config config;
    config.endpoint = server.url();
    config.bucket = "bucket";
    config.credentials = {"ACCESS", "secret", ""};
    return S3Store(config, clock_, kSmallSizes);
  }

  static std::string answer(const std::string& body) {
    return http_answer("200 OK", "ETag: \"e\"\r\nConnection: close\r\n", body);
  }

  const std::string begun_ = answer(
      "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
  const std::string done_ = answer("");
  const std::string finished_ = answer("<CompleteMultipartUploadResult/>");
  const std::string copied_ = answer("<CopyPartResult><ETag>c</ETag></CopyPartResult>");
  const std::string broken_ = answer("<Error><Code>InternalError</Code></Error>");
};

TEST_F(S3UploadAnswersTest, AnErrorBehindTheStatus200IsNoObjectAndOnlyTheEndIsRepeated) {
  const auto file = file_of(2);
  const ScriptedHttpServer server({begun_, done_, done_, broken_, finished_});
  S3Store store = store_at(server);
  EXPECT_EQ(kind_thrown_by([&] { upload(store, file); }), ErrorKind::unavailable);
  upload(store, file);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_TRUE(requests[0].starts_with("POST /bucket/a/large?uploads="));
  EXPECT_TRUE(requests[4].starts_with("POST /bucket/a/large?uploadId=u"));
  EXPECT_NE(requests[4].find("<PartNumber>2</PartNumber><ETag>&quot;e&quot;</ETag>"),
            std::string::npos);
}

TEST_F(S3UploadAnswersTest, ACopyOfALargeObjectNamesItsRangesAndLooksBehindTheStatus) {
  const ScriptedHttpServer server({begun_, copied_, copied_, finished_, begun_, broken_, done_});
  S3Store store = store_at(server);
  EXPECT_TRUE(store.copy("from", "to", 2 * kPart - 1, soon()));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_NE(requests[1].find("x-amz-copy-source-range: bytes=0-5242879\r\n"), std::string::npos);
  EXPECT_NE(requests[2].find("x-amz-copy-source-range: bytes=5242880-10485758\r\n"),
            std::string::npos);
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(store.copy("from", "to", 2 * kPart, soon())); }),
            ErrorKind::unavailable);
  EXPECT_TRUE(server.requests().back().starts_with("DELETE /bucket/to?uploadId=u"));
}

TEST_F(S3UploadAnswersTest, AWriteTooMuchASecondIsToldApartFromAnOutage) {
  const ScriptedHttpServer server(
      {http_answer("429 Too Many Requests", "Connection: close\r\n",
                   "<Error><Code>TooManyRequests</Code><Message>10058</Message></Error>")});
  S3Store store = store_at(server);
  EXPECT_THROW(store.put("a", "x", sha256("x"), soon()), StoreBusy);
}

}  // namespace
}  // namespace holdfast
