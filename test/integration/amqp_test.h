// The ground of all tests against real brokers: one queue of a random name, on each version.
#pragma once

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "adapters/amqp/amqp_admin.h"
#include "adapters/amqp/amqp_consumer.h"
#include "adapters/amqp/amqp_publisher.h"
#include "adapters/local/system_clock.h"
#include "base/random.h"
#include "fakes/fault_proxy.h"
#include "integration/amqp_hand.h"

namespace holdfast {

// One version of RabbitMQ, by the variables that the test services set for it.
struct BrokerLane {
  std::string_view name;
  const char* url;
  const char* tls_url;
  const char* tls_wrong_name_url;
  const char* control;
};

inline constexpr BrokerLane kRabbitMq3 = {
    "RabbitMq3", "HOLDFAST_TEST_AMQP_URL", "HOLDFAST_TEST_AMQPS_LOCAL_URL",
    "HOLDFAST_TEST_AMQPS_WRONG_NAME_LOCAL_URL", "HOLDFAST_TEST_RABBITMQCTL"};
inline constexpr BrokerLane kRabbitMq4 = {
    "RabbitMq4", "HOLDFAST_TEST_AMQP4_URL", "HOLDFAST_TEST_AMQPS4_LOCAL_URL",
    "HOLDFAST_TEST_AMQPS4_WRONG_NAME_LOCAL_URL", "HOLDFAST_TEST_RABBITMQCTL4"};

inline std::ostream& operator<<(std::ostream& out, const BrokerLane& lane) {
  return out << lane.name;
}

class AmqpTest : public testing::TestWithParam<BrokerLane> {
 protected:
  static constexpr std::chrono::seconds kEnough{30};

  AmqpTest()
      : access_{parse_amqp_url(required_variable(GetParam().url)), "test", {}},
        proxy_(access_.url.host, access_.url.port),
        queue_("test-" + Random::from_system().hex(8)),
        cleaner_(access_.url, queue_) {}

  // The same broker over a wire that can be cut.
  BrokerAccess proxied() const {
    BrokerAccess access = access_;
    access.url.host = "127.0.0.1";
    access.url.port = proxy_.port();
    return access;
  }

  std::vector<SetupFinding> set_up() {
    return AmqpAdmin(access_, queue_, {}, clock_).setup(in(kEnough));
  }

  std::unique_ptr<AmqpConsumer> consumer(const BrokerAccess& access) {
    return std::make_unique<AmqpConsumer>(access, queue_, "worker-7", clock_);
  }

  void publish(const std::string& body) {
    AmqpPublisher publisher(access_, queue_, clock_);
    Message message;
    message.body = body;
    message.message_id = body.substr(0, 20);
    publisher.send(std::move(message), in(kEnough));
    EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  }

  // Has the broker's control program do something.
  void control(const std::string& arguments) {
    const std::string command = required_variable(GetParam().control) + " --quiet " + arguments;
    EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0) << command;
  }

  // Closes one connection only: other tests use the same broker at the same time.
  void close_connection_named(const std::string& name, const std::string& reason) {
    const std::string program = required_variable(GetParam().control) + " --quiet ";
    const std::string connection =
        "$(" + program + "list_connections pid client_properties | grep '" + name + "' | cut -f 1)";
    const std::string command =
        program + "close_connection \"" + connection + "\" '" + reason + "'";
    EXPECT_EQ(std::system((command + " >/dev/null").c_str()), 0) << command;
  }

  // The next event of this kind, passing over others; nullopt if none comes in `time`.
  template <typename Kind>
  std::optional<Kind> wait_for(Consumer& consumer, std::chrono::milliseconds time) {
    const TimePoint deadline = in(time);
    do {
      ConsumerEvent event = consumer.next(deadline);
      if (auto* wanted = std::get_if<Kind>(&event)) return std::move(*wanted);
    } while (clock_.now() < deadline);
    return std::nullopt;
  }

  TimePoint in(std::chrono::milliseconds time) const { return clock_.now() + time; }

  SystemClock clock_;
  BrokerAccess access_;
  FaultProxy proxy_;
  std::string queue_;
  QueueCleaner cleaner_;
};

// The Error that `act` ends in.
template <typename Act>
Error error_of(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error came";
  return Error(ErrorKind::corrupt, "");
}

inline bool says(const Error& error, const std::string& part) {
  return std::string(error.what()).find(part) != std::string::npos;
}

inline std::string lane_name(const testing::TestParamInfo<BrokerLane>& info) {
  return std::string(info.param.name);
}

}  // namespace holdfast
