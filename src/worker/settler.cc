#include "worker/settler.h"

#include "base/log.h"
#include "core/claim.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kPublishTry = std::chrono::seconds(10);
// Between two looks at what else happens.
constexpr Duration kConfirmTry = std::chrono::seconds(1);
constexpr Duration kPause = std::chrono::seconds(3);

// What whoever submitted the job said of it goes with it wherever it goes.
void keep_headers(const Delivery& delivery, Message& message) {
  for (const auto& header : delivery.headers) {
    if (is_submitters_header(header.first)) message.headers.push_back(header);
  }
}

}  // namespace

bool Settler::publish_letter(const Delivery& delivery, const std::string& message_id,
                             const std::vector<std::pair<std::string, std::string>>& why) {
  Message letter;
  letter.destination = Destination::dead;
  letter.body = delivery.body;
  letter.message_id = message_id;
  letter.headers = why;
  keep_headers(delivery, letter);
  const bool published = slot_.holding() && publish(letter);
  if (published) dead_ += 1;
  return published;
}

void Settler::set_aside(const Delivery& delivery, const std::string& message_id,
                        const std::vector<std::pair<std::string, std::string>>& why) {
  const bool published = publish_letter(delivery, message_id, why);
  settle(published ? Settlement::complete : Settlement::hand_back);
}

void Settler::replace_by_copy(const Delivery& delivery, Destination destination, Duration delay) {
  Message copy = copy_of(delivery, destination);
  copy.delay = std::chrono::duration_cast<std::chrono::seconds>(delay);
  const bool published = slot_.holding() && publish(copy);
  settle(published ? Settlement::complete : Settlement::hand_back);
}

void Settler::hold_copy(const Delivery& delivery, const std::function<bool()>& still) {
  const bool published =
      slot_.holding() && publish(copy_of(delivery, Destination::held)) && still();
  settle(published ? Settlement::complete : Settlement::hand_back);
}

Message Settler::copy_of(const Delivery& delivery, Destination destination) const {
  Message copy;
  copy.destination = destination;
  copy.body = delivery.body;
  copy.message_id = id_of_copy(delivery.message_id, ports_.new_attempt_id());
  keep_headers(delivery, copy);
  return copy;
}

bool Settler::publish(const Message& message) {
  const TimePoint until = ports_.clock.now() + settings_.away_max;
  bool sent = false;
  for (;;) {  // Ends when the queue confirms, the message is not ours any more, or the worker ends.
    Duration pause{0};
    try {
      if (!sent) ports_.publisher.send(message, ports_.clock.now() + kPublishTry);
      sent = true;
      static_cast<void>(ports_.publisher.take_confirmed(ports_.clock.now() + kConfirmTry));
      if (ports_.publisher.unconfirmed() == 0) return true;
    } catch (const Error& error) {
      const bool denied = error.kind() == ErrorKind::denied;
      log(denied ? LogLevel::error : LogLevel::warn, "message not published",
          {{"error", error.what()}});
      if (!worth_waiting(error.kind())) {
        events_.fail(error.what());
        return false;
      }
      if (denied) sent = false;  // It was given up.
      pause = kPause;
    }
    static_cast<void>(events_.next(ports_.clock.now() + pause));
    if (ports_.clock.now() >= until && !events_.ending()) {
      events_.fail("the queue has confirmed nothing for too long (--give-up-after)");
    }
    if (events_.ending() || !slot_.holding()) return false;
  }
}

void Settler::settle(Settlement settlement) {
  if (settlement == Settlement::hand_back) handed_back_ += 1;
  ports_.queue.settle(slot_.tag(), settlement);
}

}  // namespace holdfast
