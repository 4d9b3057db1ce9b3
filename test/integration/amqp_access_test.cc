// Getting in: whom a broker lets in, whom we trust, and what is said when either fails.
#include <cstdlib>

#include <gtest/gtest.h>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class AmqpAccessTest : public AmqpTest {
 protected:
  // Why a consumer is refused by `access`; it goes on trying.
  Error rejection_of(const BrokerAccess& access) {
    const auto mine = consumer(access);
    const auto lost = wait_for<ConnectionLost>(*mine, kEnough);
    EXPECT_TRUE(lost && lost->denied);
    const Error error(ErrorKind::denied, lost ? lost->reason : "");
    EXPECT_FALSE(says(error, access_.url.password)) << "the password is repeated";
    return error;
  }

  bool connects(const BrokerAccess& access) {
    const auto mine = consumer(access);
    return wait_for<ConnectionMade>(*mine, kEnough).has_value();
  }

  BrokerAccess over_tls(const char* variable, const std::string& ca_file) const {
    return {parse_amqp_url(required_variable(variable)), "test", ca_file};
  }
};

INSTANTIATE_TEST_SUITE_P(Brokers, AmqpAccessTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(AmqpAccessTest, AWrongPasswordIsRejected) {
  BrokerAccess access = access_;
  access.url.password = "not-the-password";
  const Error error = rejection_of(access);
  EXPECT_TRUE(says(error, "password"));
  EXPECT_TRUE(says(error, access.url.address()));
  EXPECT_FALSE(says(error, "not-the-password"));
}

TEST_P(AmqpAccessTest, AWrongUserIsRejected) {
  BrokerAccess access = access_;
  access.url.user = "nobody";
  EXPECT_TRUE(says(rejection_of(access), "nobody@"));
}

TEST_P(AmqpAccessTest, AVirtualHostThatDoesNotExistIsRejected) {
  BrokerAccess access = access_;
  access.url.vhost = "elsewhere";
  EXPECT_TRUE(says(rejection_of(access), "virtual host"));
}

TEST_P(AmqpAccessTest, AQueueThatDoesNotExistIsRejectedWithTheCure) {
  const Error error = rejection_of(access_);
  EXPECT_TRUE(says(error, queue_));
  EXPECT_TRUE(says(error, "holdfast setup"));
}

TEST_P(AmqpAccessTest, APublisherIsRejectedForTheSameReasons) {
  BrokerAccess access = access_;
  access.url.password = "not-the-password";
  AmqpPublisher publisher(access, queue_, clock_);
  const Error error = error_of([&] { publisher.send(Message{}, in(kEnough)); });
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_TRUE(says(error, "password"));
}

TEST_P(AmqpAccessTest, ABrokerThatDoesNotListenIsWaitedFor) {
  set_up();
  proxy_.refuse();
  const auto mine = consumer(proxied());
  const auto lost = wait_for<ConnectionLost>(*mine, kEnough);
  ASSERT_TRUE(lost);
  EXPECT_NE(lost->reason.find(proxied().url.address()), std::string::npos);
  EXPECT_FALSE(wait_for<ConnectionLost>(*mine, 1000ms)) << "the same outage was told twice";

  AmqpPublisher publisher(proxied(), queue_, clock_);
  const Error error = error_of([&] { publisher.send(Message{}, in(1500ms)); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  proxy_.heal();
  EXPECT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
  EXPECT_EQ(publisher.send(Message{}, in(kEnough)), 0U) << "a message that was not taken counted";
}

TEST_P(AmqpAccessTest, ABrokerWithATrustedCertificateIsTalkedTo) {
  set_up();
  EXPECT_TRUE(connects(over_tls(GetParam().tls_url, required_variable("HOLDFAST_TEST_CA_FILE"))));
}

TEST_P(AmqpAccessTest, TheTrustedAuthoritiesMayBeNamedInTheEnvironment) {
  set_up();
  ::setenv("SSL_CERT_FILE", required_variable("HOLDFAST_TEST_CA_FILE").c_str(), 1);
  const bool connected =
      connects({parse_amqp_url(required_variable(GetParam().tls_url)), "test", {}});
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(connected);
}

TEST_P(AmqpAccessTest, AnAddressInTheCertificateIsGoodEnough) {
  set_up();
  BrokerAccess access = over_tls(GetParam().tls_url, required_variable("HOLDFAST_TEST_CA_FILE"));
  access.url.host = "127.0.0.1";
  EXPECT_TRUE(connects(access));
}

TEST_P(AmqpAccessTest, ACertificateOfAnUnknownAuthorityIsRejected) {
  const Error error =
      rejection_of(over_tls(GetParam().tls_url, required_variable("HOLDFAST_TEST_OTHER_CA_FILE")));
  EXPECT_TRUE(says(error, "certificate"));
}

TEST_P(AmqpAccessTest, ACertificateForAnotherHostIsRejected) {
  const Error error = rejection_of(
      over_tls(GetParam().tls_wrong_name_url, required_variable("HOLDFAST_TEST_CA_FILE")));
  EXPECT_TRUE(says(error, "mismatch")) << error.what();
}

TEST_P(AmqpAccessTest, AFileThatHoldsNoAuthoritiesIsTheMachinesFault) {
  for (const char* file : {"/dev/null", "/nowhere.pem"}) {
    const auto mine = consumer(over_tls(GetParam().tls_url, file));
    const Error error = error_of([&] { wait_for<ConnectionMade>(*mine, kEnough); });
    EXPECT_EQ(error.kind(), ErrorKind::machine);
    EXPECT_TRUE(says(error, file)) << error.what();
  }
}

TEST_P(AmqpAccessTest, APasswordThatWasRenewedIsTaken) {
  set_up();
  BrokerAccess access = access_;
  access.url.password = "not-any-more";
  bool rotated = false;
  access.renewed = [&] { return rotated ? std::optional(access_.url) : std::nullopt; };
  const auto mine = consumer(access);
  const auto lost = wait_for<ConnectionLost>(*mine, kEnough);
  ASSERT_TRUE(lost);
  EXPECT_TRUE(lost->denied);
  rotated = true;
  EXPECT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
}

TEST_P(AmqpAccessTest, MixingUpThePlainAndTheEncryptedPortIsSaid) {
  BrokerAccess plain = over_tls(GetParam().tls_url, required_variable("HOLDFAST_TEST_CA_FILE"));
  plain.url.tls = false;
  const auto at_tls_port = consumer(plain);
  const auto lost = wait_for<ConnectionLost>(*at_tls_port, kEnough);
  ASSERT_TRUE(lost);
  EXPECT_NE(lost->reason.find("amqps://"), std::string::npos) << lost->reason;

  BrokerAccess encrypted = access_;
  encrypted.url.tls = true;
  encrypted.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
  const auto at_plain_port = consumer(encrypted);
  const auto refused = wait_for<ConnectionLost>(*at_plain_port, kEnough);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->reason.find("amqp://"), std::string::npos) << refused->reason;
}

}  // namespace
}  // namespace holdfast
