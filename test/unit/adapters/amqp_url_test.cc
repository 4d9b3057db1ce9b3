// A broker's URL comes from the user's environment, in every form that other clients take.
#include "adapters/amqp/amqp_url.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

// The sentence of the Error (rejected) that `text` ends in.
std::string refusal_of(const std::string& text) {
  try {
    parse_amqp_url(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::rejected);
    return error.what();
  }
  ADD_FAILURE() << text << " was taken";
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(AmqpUrlTest, AWholeUrlIsTakenApart) {
  const AmqpUrl url = parse_amqp_url("amqp://ada:secret@rabbit.example.com:5673/fleet");
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.host, "rabbit.example.com");
  EXPECT_EQ(url.port, 5673);
  EXPECT_EQ(url.user, "ada");
  EXPECT_EQ(url.password, "secret");
  EXPECT_EQ(url.vhost, "fleet");
  EXPECT_EQ(url.heartbeat, AmqpUrl::kHeartbeatDefault);
}

TEST(AmqpUrlTest, WhatIsLeftOutHasItsUsualValue) {
  const AmqpUrl url = parse_amqp_url("amqp://rabbit");
  EXPECT_EQ(url.port, 5672);
  EXPECT_EQ(url.user, "guest");
  EXPECT_EQ(url.password, "guest");
  EXPECT_EQ(url.vhost, "/");
  EXPECT_EQ(parse_amqp_url("amqps://rabbit").port, 5671);
  EXPECT_TRUE(parse_amqp_url("amqps://rabbit").tls);
  EXPECT_EQ(parse_amqp_url("amqp://rabbit:").port, 5672);
}

TEST(AmqpUrlTest, EveryWayToWriteTheRootVirtualHostIsTaken) {
  for (const char* text : {"amqp://h", "amqp://h/", "amqp://h/%2F", "amqp://h/%2f"}) {
    EXPECT_EQ(parse_amqp_url(text).vhost, "/") << text;
  }
  EXPECT_EQ(parse_amqp_url("amqp://h/a%2Fb").vhost, "a/b");
  EXPECT_EQ(parse_amqp_url("amqp://h/a/b").vhost, "a/b");
}

TEST(AmqpUrlTest, PercentEncodingIsUndoneInUserPasswordAndVirtualHost) {
  const AmqpUrl url =
      parse_amqp_url("amqp://hold%40fast:p%3Aa%2Fs%25s%2Bw%23rd%3F@127.0.0.1:25561/test%2Ffleet");
  EXPECT_EQ(url.user, "hold@fast");
  EXPECT_EQ(url.password, "p:a/s%s+w#rd?");
  EXPECT_EQ(url.vhost, "test/fleet");
  EXPECT_EQ(parse_amqp_url("amqp://u:%C3%A4@h/").password, "\xC3\xA4");
}

TEST(AmqpUrlTest, APasswordMayHaveColonsAndAtSigns) {
  EXPECT_EQ(parse_amqp_url("amqp://u:p:q@h/").password, "p:q");
  EXPECT_EQ(parse_amqp_url("amqp://u:p@q@h/").password, "p@q");
  EXPECT_EQ(parse_amqp_url("amqp://u:@h/").password, "");
}

TEST(AmqpUrlTest, AnIpv6AddressStandsInBrackets) {
  const AmqpUrl url = parse_amqp_url("amqps://u:p@[2001:db8::7]:5679/v");
  EXPECT_EQ(url.host, "2001:db8::7");
  EXPECT_EQ(url.port, 5679);
  EXPECT_EQ(url.address(), "[2001:db8::7]:5679");
  EXPECT_EQ(parse_amqp_url("amqp://[::1]").port, 5672);
}

TEST(AmqpUrlTest, TheHeartbeatIsReadAndThePatienceOfOtherClientsIsPassedOver) {
  const AmqpUrl url =
      parse_amqp_url("amqp://h/v?connection_attempts=3&heartbeat=30&socket_timeout=x#part");
  EXPECT_EQ(url.heartbeat, std::chrono::seconds(30));
  EXPECT_EQ(url.vhost, "v");
  EXPECT_EQ(parse_amqp_url("amqp://h?heartbeat=20").heartbeat, std::chrono::seconds(20));
}

TEST(AmqpUrlTest, TheParametersOfRabbitMqsClientsAreHonoured) {
  const AmqpUrl url = parse_amqp_url(
      "amqps://h/v?cacertfile=/etc/ca.pem&certfile=/c%20d.pem&keyfile=/k.pem&verify=verify_peer"
      "&server_name_indication=rabbit&auth_mechanism=external&connection_timeout=1500"
      "&channel_max=2047&frame_max=131072");
  EXPECT_EQ(url.ca_file, "/etc/ca.pem");
  EXPECT_EQ(url.certificate_file, "/c d.pem");
  EXPECT_EQ(url.key_file, "/k.pem");
  EXPECT_EQ(url.tls_name, "rabbit");
  EXPECT_TRUE(url.external_login);
  EXPECT_EQ(url.connect_time_max, std::chrono::milliseconds(1500));
}

TEST(AmqpUrlTest, AParameterThatWouldDoNothingOrHarmIsRefusedByItsName) {
  EXPECT_TRUE(has(refusal_of("amqps://h?verify=verify_none"), "verify"));
  EXPECT_TRUE(has(refusal_of("amqps://h?ssl_options=x"), "ssl_options"));
  EXPECT_TRUE(has(refusal_of("amqps://h?certfile=/c.pem"), "keyfile"));
  EXPECT_TRUE(has(refusal_of("amqps://h?auth_mechanism=external"), "certfile"));
  EXPECT_TRUE(has(refusal_of("amqps://h?auth_mechanism=oauth"), "auth_mechanism"));
  EXPECT_TRUE(has(refusal_of("amqp://h?cacertfile=/ca.pem"), "amqps://"));
  EXPECT_TRUE(has(refusal_of("amqp://h?channel_max=2"), "channel_max"));
  EXPECT_FALSE(has(refusal_of("amqp://h/v?pa55word!&x"), "pa55word")) << "a piece of a password";
}

TEST(AmqpUrlTest, AHeartbeatCannotBeSwitchedOffOrMadeUseless) {
  EXPECT_EQ(parse_amqp_url("amqp://h?heartbeat=0").heartbeat, AmqpUrl::kHeartbeatMin);
  EXPECT_EQ(parse_amqp_url("amqp://h?heartbeat=65535").heartbeat, AmqpUrl::kHeartbeatMax);
  EXPECT_TRUE(has(refusal_of("amqp://h?heartbeat=soon"), "heartbeat"));
  EXPECT_TRUE(has(refusal_of("amqp://h?heartbeat=-1"), "heartbeat"));
}

TEST(AmqpUrlTest, WhatIsShownHasNoPassword) {
  const AmqpUrl url = parse_amqp_url("amqp://hold%40fast:s3cret@h:5672/test%2Ffleet");
  EXPECT_EQ(url.shown(), "amqp://hold%40fast@h:5672/test%2Ffleet");
}

TEST(AmqpUrlTest, EveryRefusalSaysWhatIsWrong) {
  EXPECT_TRUE(has(refusal_of(""), "amqp://"));
  EXPECT_TRUE(has(refusal_of("http://h"), "amqp://"));
  EXPECT_TRUE(has(refusal_of("AMQP_URL=amqp://h"), "amqp://"));
  EXPECT_TRUE(has(refusal_of("amqp://"), "no host"));
  EXPECT_TRUE(has(refusal_of("amqp://u:p@/v"), "no host"));
  EXPECT_TRUE(has(refusal_of("amqp://h:0"), "port"));
  EXPECT_TRUE(has(refusal_of("amqp://h:65536"), "port"));
  EXPECT_TRUE(has(refusal_of("amqp://h:99999999999999999999"), "port"));
  EXPECT_TRUE(has(refusal_of("amqp://h:56x"), "port"));
  EXPECT_TRUE(has(refusal_of("amqp://h h"), "host"));
  EXPECT_TRUE(has(refusal_of("amqp://[::1"), "]"));
  EXPECT_TRUE(has(refusal_of("amqp://[::1]5672"), "]"));
  EXPECT_TRUE(has(refusal_of("amqp://u:100%@h"), "%25"));
  EXPECT_TRUE(has(refusal_of("amqp://u:p%0@h"), "%25"));
  EXPECT_TRUE(has(refusal_of("amqp://h/%zz"), "virtual host"));
  EXPECT_TRUE(has(refusal_of("amqp://u%00:p@h"), "zero"));
  EXPECT_TRUE(has(refusal_of("amqp://h/" + std::string(300, 'v')), "too long"));
  EXPECT_TRUE(has(refusal_of("amqp://h/" + std::string(5000, 'v')), "longer"));
}

TEST(AmqpUrlTest, ARefusalNeverRepeatsThePassword) {
  for (const char* text : {"amqp://u:hunter2/x@h", "amqp://u:hunter2#x@h", "amqp://u:hunter2%@h",
                           "amqp://u:hunter2@", "amqp://u:hunter2@h:x", "amqps//u:hunter2@h"}) {
    EXPECT_FALSE(has(refusal_of(text), "hunter2")) << text;
  }
  EXPECT_TRUE(has(refusal_of("amqp://u:hunter2/x@h"), "percent-encoded"));
}

TEST(AmqpUrlTest, AnyTextIsEitherTakenOrRefused) {
  Random random(7);
  const std::string alphabet("amqps:/@[]%?#&=heartbeat.0123456789\0\xff ", 39);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random.below(2) == 0 ? "amqp://" : "";
    for (std::uint64_t left = random.below(40); left > 0; --left) {
      text += alphabet[random.below(alphabet.size())];
    }
    try {
      const AmqpUrl url = parse_amqp_url(text);
      EXPECT_FALSE(url.host.empty());
      EXPECT_NE(url.port, 0);
      EXPECT_FALSE(url.vhost.empty());
      EXPECT_EQ(parse_amqp_url(url.shown()).vhost, url.vhost);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::rejected);
    }
  }
}

}  // namespace
}  // namespace holdfast
