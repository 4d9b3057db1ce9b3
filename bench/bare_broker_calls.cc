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

void run(const std::string& queue, std::uint64_t count) {
  const amqp_connection_state_t broker = connect_to_broker();
  amqp_confirm_select(broker, kChannel);
  require(broker, "confirm");
  for (std::uint64_t number = 0; number < count; ++number) {
    publish(broker, queue, job_id(number), job_body(number));
    amqp_frame_t frame;
    if (amqp_simple_wait_frame(broker, &frame) != AMQP_STATUS_OK) give_up("No confirm came.");
    amqp_maybe_release_buffers(broker);
  }
  const amqp_connection_state_t worker = connect_to_broker();
  amqp_basic_qos(worker, kChannel, 0, 1, 0);
  require(worker, "limit deliveries");
  std::vector<Milliseconds> given;
  std::vector<Milliseconds> unsubscribed;
  std::vector<Milliseconds> acknowledged;
  const amqp_bytes_t tag = amqp_cstring_bytes("bare");
  for (std::uint64_t number = 0; number < count; ++number) {
    amqp_maybe_release_buffers(worker);
    auto begin = std::chrono::steady_clock::now();
    amqp_basic_consume(worker, kChannel, bytes_of(queue), tag, 0, 0, 0, amqp_empty_table);
    require(worker, "let us subscribe");
    amqp_envelope_t envelope;
    if (amqp_consume_message(worker, &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL) {
      give_up("The broker gives no message.");
    }
    given.push_back(since(begin));
    begin = std::chrono::steady_clock::now();
    amqp_basic_cancel(worker, kChannel, tag);
    require(worker, "let us unsubscribe");
    unsubscribed.push_back(since(begin));
    begin = std::chrono::steady_clock::now();
    if (amqp_basic_ack(worker, kChannel, envelope.delivery_tag, 0) != AMQP_STATUS_OK) {
      give_up("The broker takes no acknowledgement.");
    }
    acknowledged.push_back(since(begin));
    amqp_destroy_envelope(&envelope);
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
