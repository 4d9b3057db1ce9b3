#include "adapters/amqp/consumer_publisher.h"

#include <utility>

#include "adapters/amqp/outgoing_messages.h"

namespace holdfast {

std::uint64_t ConsumerPublisher::send(Message message, TimePoint deadline) {
  OutgoingMessages::require_possible(message);
  while (unanswered_ >= kWindowMessages) {  // Ends at the deadline.
    if (take_answer(deadline)) continue;
    throw Error(ErrorKind::unavailable, "the broker confirms nothing");
  }
  handover_->messages.post(std::move(message));
  handover_->wake.wake();
  ++unanswered_;
  return next_number_++;
}

std::vector<std::uint64_t> ConsumerPublisher::take_confirmed(TimePoint deadline) {
  while (confirmed_.empty() && unanswered_ > 0) {
    if (!take_answer(deadline)) break;
  }
  return std::exchange(confirmed_, {});
}

bool ConsumerPublisher::take_answer(TimePoint deadline) {
  auto answer = handover_->answers.next(deadline);
  if (!answer) return false;
  --unanswered_;
  if (auto* refusal = std::get_if<Error>(&*answer)) throw Error(std::move(*refusal));
  confirmed_.push_back(std::get<std::uint64_t>(*answer));
  return true;
}

}  // namespace holdfast
