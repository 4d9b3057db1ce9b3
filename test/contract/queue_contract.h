// What src/ports/queue.h promises, as tests that run on every queue we have: the embedded one and
// each version of RabbitMQ. A queue joins with INSTANTIATE_TEST_SUITE_P and a QueueCase.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "ports/dead_letters.h"
#include "ports/queue.h"

namespace holdfast {

// One fresh queue, set up and empty. Every call makes another client of the same queue.
class QueueUnderTest {
 public:
  virtual ~QueueUnderTest() = default;

  virtual std::unique_ptr<Consumer> consumer() = 0;
  virtual std::unique_ptr<Consumer> dead_letters() = 0;
  virtual std::unique_ptr<DeadLetters> letters() = 0;
  virtual std::unique_ptr<Publisher> publisher() = 0;
  virtual std::unique_ptr<QueueAdmin> admin() = 0;

  // Whether counts() knows how many messages are held.
  virtual bool counts_in_flight() const = 0;

  // Cuts every connection to the queue; false if it is one that has none.
  [[nodiscard]] virtual bool cut_connections() = 0;
};

struct QueueCase {
  std::string name;
  std::function<std::unique_ptr<QueueUnderTest>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const QueueCase& one) {
  return out << one.name;
}

class QueueContractTest : public testing::TestWithParam<QueueCase> {
 protected:
  QueueContractTest() : queue_(GetParam().make()) {}

  // Waits for a delivery, passing over what else happens. Fails the test if none comes.
  Delivery delivery_from(Consumer& consumer);

  // Fails the test if a delivery comes within `time`.
  void expect_no_delivery(Consumer& consumer, std::chrono::milliseconds time);

  // Publishes one message and waits until it is confirmed.
  void publish(Message message);
  void publish(const std::string& body);

  // Waits until the queue's counts satisfy `enough`; the counts of a broker may lag behind.
  QueueCounts counts_when(const std::function<bool(const QueueCounts&)>& enough);

  TimePoint in(std::chrono::milliseconds time) const { return clock_.now() + time; }

  SystemClock clock_;
  std::unique_ptr<QueueUnderTest> queue_;
};

inline std::string name_of(const testing::TestParamInfo<QueueCase>& info) {
  return info.param.name;
}

}  // namespace holdfast
