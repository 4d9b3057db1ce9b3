// The S3 store and a real server: whom it trusts, and what it says when something is set wrong.
#include <functional>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "adapters/s3/s3_store.h"
#include "fakes/s3_environment.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

// The machine's time, with a wall clock that is wrong.
class WrongClock final : public Clock {
 public:
  explicit WrongClock(std::chrono::hours ahead) : ahead_(ahead) {}

  TimePoint now() const override { return system_.now(); }
  WallTime wall() const override { return system_.wall() + ahead_; }
  void wait_until(TimePoint deadline) override { system_.wait_until(deadline); }

 private:
  SystemClock system_;
  std::chrono::hours ahead_;
};

class S3ServerTest : public testing::Test {
 protected:
  TimePoint soon() const { return clock_.now() + 20s; }

  void expect_error(ErrorKind kind, const std::string& words) {
    S3Store store(config_, clock_);
    try {
      static_cast<void>(store.create("a", "x", soon()));
      ADD_FAILURE() << "no error; expected " << words;
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(error.kind(), kind) << text;
      EXPECT_NE(text.find(words), std::string::npos) << text;
      EXPECT_EQ(text.find(config_.credentials.secret_key), std::string::npos) << text;
    }
  }

  SystemClock clock_;
  S3Config config_ = s3_environment();
};

TEST_F(S3ServerTest, HttpsWorksWithTheAuthorityThatSignedTheServer) {
  config_.endpoint = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
  config_.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  S3Store store(config_, clock_);
  const std::string bytes(3'000'000, 'x');
  store.put("a", bytes, sha256(bytes), soon());
  EXPECT_TRUE(store.get("a", bytes.size(), soon()) == bytes);
}

TEST_F(S3ServerTest, AnAddressIsVerifiedLikeAName) {
  const std::string local = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
  config_.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  config_.endpoint = "https://127.0.0.1" + local.substr(local.rfind(':'));
  S3Store store(config_, clock_);
  EXPECT_EQ(store.create("a", "x", soon()), CreateOutcome::created);
}

TEST_F(S3ServerTest, AServerSignedBySomebodyElseIsRefused) {
  config_.endpoint = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
  config_.ca_file = required_variable("HOLDFAST_TEST_OTHER_CA_FILE");
  expect_error(ErrorKind::denied, "cannot trust " + config_.endpoint);
}

TEST_F(S3ServerTest, AServerThatIsNotTrustedByTheSystemIsRefused) {
  config_.endpoint = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
  expect_error(ErrorKind::denied, "cannot trust " + config_.endpoint);
}

TEST_F(S3ServerTest, ACertificateForAnotherAddressIsRefused) {
  config_.endpoint = required_variable("HOLDFAST_TEST_S3_TLS_WRONG_NAME_ENDPOINT");
  config_.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  expect_error(ErrorKind::denied, "IP address mismatch");
}

TEST_F(S3ServerTest, ACertificateForAnotherNameIsRefused) {
  // 127.1 is a name for 127.0.0.1 to every resolver, and the certificate does not hold it.
  const std::string local = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
  config_.endpoint = "https://127.1" + local.substr(local.rfind(':'));
  config_.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  expect_error(ErrorKind::denied, "hostname mismatch");
}

TEST_F(S3ServerTest, TlsToAPlainPortIsRejectedWithAHint) {
  config_.endpoint.replace(0, 4, "https");
  config_.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  expect_error(ErrorKind::denied, "check whether it is an http:// endpoint, and check the port");
}

TEST_F(S3ServerTest, AWrongSecretKeyIsNamedAsSuch) {
  config_.credentials.secret_key += "x";
  expect_error(ErrorKind::denied, "check the secret key");
}

TEST_F(S3ServerTest, ARefusalThatComesBeforeALargeBodyIsThroughIsStillUnderstood) {
  config_.credentials.secret_key += "x";
  S3Store store(config_, clock_);
  const std::string large(64 << 20, 'x');
  try {
    store.put("a", large, Sha256Digest(), soon());
    ADD_FAILURE() << "it was not refused";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("check the secret key"), std::string::npos)
        << error.what();
  }
}

TEST_F(S3ServerTest, AWrongAccessKeyIsNamedAsSuch) {
  config_.credentials.access_key = "HOLDFASTNOSUCHKEY001";
  expect_error(ErrorKind::denied, "check the access key");
}

TEST_F(S3ServerTest, ABucketThatIsNotThereIsAnErrorAndNotAnEmptyStore) {
  config_.bucket = "no-such-bucket";
  expect_error(ErrorKind::denied, "NoSuchBucket");
  S3Store store(config_, clock_);
  EXPECT_THROW(static_cast<void>(store.get("a", 10, soon())), Error);
  EXPECT_THROW(static_cast<void>(store.list("", "", 10, soon())), Error);
  EXPECT_THROW(store.remove("a", soon()), Error);
  EXPECT_THROW(static_cast<void>(store.copy("a", "b", 1, soon())), Error);
}

TEST_F(S3ServerTest, AClockThatIsHoursOffDoesNoHarm) {
  for (const int hours : {-9, 9}) {
    const WrongClock wrong{std::chrono::hours(hours)};
    S3Store store(config_, wrong);
    const std::string key = "clock" + std::to_string(hours);
    EXPECT_EQ(store.create(key, "x", soon()), CreateOutcome::created);
    EXPECT_EQ(store.get(key, 10, soon()), "x");
  }
}

TEST_F(S3ServerTest, TwoPrefixesOfOneBucketDoNotSeeEachOther) {
  S3Store one(config_, clock_);
  S3Config other = config_;
  other.prefix += "-2";
  S3Store two(other, clock_);
  EXPECT_EQ(one.create("job/a", "1", soon()), CreateOutcome::created);
  EXPECT_EQ(two.create("job/a", "2", soon()), CreateOutcome::created);
  EXPECT_EQ(one.get("job/a", 10, soon()), "1");
  EXPECT_EQ(one.list("", "", 10, soon()).size(), 1u);
  EXPECT_EQ(one.list_folders("", "", 10, soon()), std::vector<std::string>{"job"});
}

}  // namespace
}  // namespace holdfast
