// Publishes over the connection of a consumer, whose thread does it: a broker counts connections,
// and a worker publishes now and then only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/mailbox.h"
#include "base/wake_event.h"
#include "holdfast/error.h"
#include "ports/queue.h"

namespace holdfast {

// Between the two threads.
struct PublishHandover {
  using Answer = std::variant<std::uint64_t, Error>;  // The number that is confirmed.

  Mailbox<Message> messages;
  Mailbox<Answer> answers;  // One for each message, in any order.
  WakeEvent wake;           // The consumer.
};

class ConsumerPublisher final : public Publisher {
 public:
  static constexpr std::size_t kWindowMessages = 100;

  explicit ConsumerPublisher(std::shared_ptr<PublishHandover> handover)
      : handover_(std::move(handover)) {}

  // Messages go out while the consumer's next() is called. Throws as Publisher; a message whose
  // queue is absent or that the broker refuses is given up with an Error from take_confirmed().
  std::uint64_t send(Message message, TimePoint deadline) override;
  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override;
  std::size_t unconfirmed() const override { return unanswered_ + confirmed_.size(); }

 private:
  // Waits for one; false at the deadline. Throws the Error that it is.
  bool take_answer(TimePoint deadline);

  const std::shared_ptr<PublishHandover> handover_;
  std::uint64_t next_number_ = 0;
  std::size_t unanswered_ = 0;
  std::vector<std::uint64_t> confirmed_;
};

}  // namespace holdfast
