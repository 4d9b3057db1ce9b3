// Usage: bare_broker_calls QUEUE COUNT
// What a worker asks of the broker for one job, and nothing else: subscribe, be given a message,
// unsubscribe, acknowledge. Publishes the messages itself. Prints, in milliseconds, the median time
// from subscribe to message, of unsubscribing, of acknowledging, and the mean of all three
// together.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

#include "bare_broker.h"

namespace holdfast::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

Milliseconds since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::steady_clock::now() - begin;
}

double median(std::vector<Milliseconds> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2].count();
}

// A connection that is subscribed to at most one message at a time.
class Worker {
 public:
  explicit Worker(const std::string& queue) : queue_(queue), broker_(connect_to_broker()) {
    amqp_basic_qos(broker_, kChannel, 0, 1, 0);
    require(broker_, "limit deliveries");
  }

  void subscribe() {
    amqp_maybe_release_buffers(broker_);
    amqp_basic_consume(broker_, kChannel, bytes_of(queue_), tag_, 0, 0, 0, amqp_empty_table);
    require(broker_, "let us subscribe");
  }
  void unsubscribe() {
    amqp_basic_cancel(broker_, kChannel, tag_);
    require(broker_, "let us unsubscribe");
  }
  std::uint64_t take() {
    amqp_maybe_release_buffers(broker_);
    amqp_envelope_t envelope;
    if (amqp_consume_message(broker_, &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL) {
      give_up("The broker gives no message.");
    }
    const std::uint64_t delivery_tag = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
    return delivery_tag;
  }
  void acknowledge(std::uint64_t delivery_tag) {
    if (amqp_basic_ack(broker_, kChannel, delivery_tag, 0) != AMQP_STATUS_OK) {
      give_up("The broker takes no acknowledgement.");
    }
  }

 private:
  const std::string queue_;
  const amqp_connection_state_t broker_;
  const amqp_bytes_t tag_ = amqp_cstring_bytes("bare");
};

void await_confirm(amqp_connection_state_t broker) {
  amqp_frame_t frame;
  if (amqp_simple_wait_frame(broker, &frame) != AMQP_STATUS_OK) give_up("No confirm came.");
  amqp_maybe_release_buffers(broker);
}

void publish_and_take(amqp_connection_state_t broker, const std::string& queue, Worker& worker,
                      std::uint64_t count) {
  std::vector<Milliseconds> times;
  worker.subscribe();
  for (std::uint64_t number = 0; number < count; ++number) {
    const auto begin = std::chrono::steady_clock::now();
    publish(broker, queue, job_id(number), job_body(number));
    const std::uint64_t delivery_tag = worker.take();
    times.push_back(since(begin));
    worker.acknowledge(delivery_tag);
    await_confirm(broker);
  }
  worker.unsubscribe();
  std::printf("publish-deliver %.3f\n", median(times));
}

void run(const std::string& queue, std::uint64_t count) {
  const amqp_connection_state_t broker = connect_to_broker();
  amqp_confirm_select(broker, kChannel);
  require(broker, "confirm");
  Worker worker(queue);
  publish_and_take(broker, queue, worker, count);

  for (std::uint64_t number = 0; number < count; ++number) {
    publish(broker, queue, job_id(number), job_body(number));
    await_confirm(broker);
  }
  std::vector<Milliseconds> given;
  std::vector<Milliseconds> unsubscribed;
  std::vector<Milliseconds> acknowledged;
  for (std::uint64_t number = 0; number < count; ++number) {
    auto begin = std::chrono::steady_clock::now();
    worker.subscribe();
    const std::uint64_t delivery_tag = worker.take();
    given.push_back(since(begin));
    begin = std::chrono::steady_clock::now();
    worker.unsubscribe();
    unsubscribed.push_back(since(begin));
    begin = std::chrono::steady_clock::now();
    worker.acknowledge(delivery_tag);
    acknowledged.push_back(since(begin));
  }
  Milliseconds all{0};
  for (const auto* times : {&given, &unsubscribed, &acknowledged}) {
    for (const Milliseconds time : *times) all += time;
  }
  std::printf("subscribe-deliver %.3f\nunsubscribe %.3f\nacknowledge %.3f\nmean %.3f\n",
              median(given), median(unsubscribed), median(acknowledged),
              all.count() / static_cast<double>(count));
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  using namespace std::string_view_literals;
  std::uint64_t count = 0;
  const std::string_view text = argc == 3 ? argv[2] : ""sv;
  std::from_chars(text.data(), text.data() + text.size(), count);
  if (count == 0) holdfast::bench::give_up("Usage: bare_broker_calls QUEUE COUNT");
  holdfast::bench::run(argv[1], count);
}
