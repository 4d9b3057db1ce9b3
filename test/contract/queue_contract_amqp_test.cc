// RabbitMQ of both versions, held to the queue's contract.
#include <gtest/gtest.h>

#include "adapters/amqp/amqp_admin.h"
#include "adapters/amqp/amqp_consumer.h"
#include "adapters/amqp/amqp_dead_letters.h"
#include "adapters/amqp/amqp_publisher.h"
#include "base/random.h"
#include "contract/queue_contract.h"
#include "fakes/fault_proxy.h"
#include "integration/amqp_hand.h"

namespace holdfast {
namespace {

class AmqpUnderTest final : public QueueUnderTest {
 public:
  explicit AmqpUnderTest(const char* url_variable)
      : direct_{parse_amqp_url(required_variable(url_variable)), "contract", {}},
        proxy_(direct_.url.host, direct_.url.port),
        proxied_(direct_),
        queue_("contract-" + Random::from_system().hex(8)),
        cleaner_(direct_.url, queue_) {
    proxied_.url.host = "127.0.0.1";
    proxied_.url.port = proxy_.port();
    AmqpAdmin admin(direct_, queue_, {}, clock_);
    admin.setup(clock_.now() + std::chrono::seconds(30));
  }

  std::unique_ptr<Consumer> consumer() override {
    return std::make_unique<AmqpConsumer>(proxied_, queue_, "worker-7", clock_);
  }
  std::unique_ptr<Consumer> dead_letters() override {
    return std::make_unique<AmqpConsumer>(proxied_, dead_queue(queue_), "worker-7", clock_);
  }
  std::unique_ptr<DeadLetters> letters() override {
    return std::make_unique<AmqpDeadLetters>(proxied_, queue_, clock_);
  }
  std::unique_ptr<Publisher> publisher() override {
    return std::make_unique<AmqpPublisher>(proxied_, queue_, clock_);
  }
  std::unique_ptr<QueueAdmin> admin() override {
    return std::make_unique<AmqpAdmin>(proxied_, queue_, FetchFromManagement{}, clock_);
  }
  bool counts_in_flight() const override { return false; }
  bool cut_connections() override {
    proxy_.cut();
    return true;
  }

 private:
  SystemClock clock_;
  BrokerAccess direct_;
  FaultProxy proxy_;
  BrokerAccess proxied_;
  std::string queue_;
  QueueCleaner cleaner_;
};

QueueCase broker(const std::string& name, const char* url_variable) {
  return {name, [url_variable] { return std::make_unique<AmqpUnderTest>(url_variable); }};
}

INSTANTIATE_TEST_SUITE_P(Amqp, QueueContractTest,
                         testing::Values(broker("RabbitMq3", "HOLDFAST_TEST_AMQP_URL"),
                                         broker("RabbitMq4", "HOLDFAST_TEST_AMQP4_URL")),
                         name_of);

}  // namespace
}  // namespace holdfast
