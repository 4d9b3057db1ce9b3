// Usage: bare_publisher QUEUE COUNT
// Publishes as many jobs with a window of unconfirmed ones and nothing else: no list is read, none
// is checked, nothing is noted. Prints the jobs per second, first publish to last confirm.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "bare_broker.h"

namespace holdfast::bench {
namespace {

constexpr std::uint64_t kWindowMessages = 1000;

// How many messages the broker has confirmed, after its next word.
std::uint64_t confirmed_after(amqp_connection_state_t broker, std::uint64_t confirmed) {
  amqp_maybe_release_buffers(broker);
  amqp_frame_t frame;
  if (amqp_simple_wait_frame(broker, &frame) != AMQP_STATUS_OK ||
      frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
    give_up("The broker answered with something else than a confirm.");
  }
  const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
  return ack->multiple != 0 ? std::max(confirmed, ack->delivery_tag) : confirmed + 1;
}

void run(const std::string& queue, std::uint64_t count) {
  const amqp_connection_state_t broker = connect_to_broker();
  amqp_confirm_select(broker, kChannel);
  require(broker, "confirm");
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t confirmed = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    publish(broker, queue, job_id(number), job_body(number));
    while (number + 1 - confirmed >= kWindowMessages)
      confirmed = confirmed_after(broker, confirmed);
  }
  while (confirmed < count) confirmed = confirmed_after(broker, confirmed);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  std::printf("%.0f\n", static_cast<double>(count) / time.count());
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  using namespace std::string_view_literals;
  std::uint64_t count = 0;
  const std::string_view text = argc == 3 ? argv[2] : ""sv;
  std::from_chars(text.data(), text.data() + text.size(), count);
  if (count == 0) holdfast::bench::give_up("Usage: bare_publisher QUEUE COUNT");
  holdfast::bench::run(argv[1], count);
}
