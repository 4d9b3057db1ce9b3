#include "adapters/amqp/broker_error.h"

namespace holdfast {
namespace {

// AMQP's reply codes, and RabbitMQ's use of them.
constexpr int kAccessRefused = 403;
constexpr int kNotFound = 404;
constexpr int kLocked = 405;
constexpr int kPreconditionFailed = 406;
constexpr int kNotAllowed = 530;
constexpr int kNotImplemented = 540;

bool says(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A virtual host that restarts, and a limit on connections, pass; the rest of 530 does not.
bool passes(std::string_view reason) {
  return says(reason, "is down") || says(reason, "limit");
}

}  // namespace

bool held_too_long(int code, std::string_view broker_reason) {
  return code == kPreconditionFailed && says(broker_reason, "delivery acknowledgement");
}

bool queue_is_absent(int code, std::string_view broker_reason) {
  return code == kNotFound && says(broker_reason, "no queue");
}

bool access_refused(int code) {
  return code == kAccessRefused;
}

bool other_arguments(int code) {
  return code == kPreconditionFailed;
}

Error broker_refusal(const AmqpUrl& url, std::string_view act, int code,
                     const std::string& broker_reason) {
  const std::string what = "cannot " + std::string(act) + " at " + url.shown() + ": ";
  const std::string answer = " (the broker said: " + broker_reason + ")";
  if (held_too_long(code, broker_reason)) {
    return Error(ErrorKind::unavailable,
                 what +
                     "the broker took the job back because it was held longer than its "
                     "acknowledgement timeout allows; raise consumer_timeout on the broker, or "
                     "give the queue an x-consumer-timeout: `holdfast setup` does on a new queue" +
                     answer);
  }
  switch (code) {
    case kAccessRefused:
      return Error(ErrorKind::denied,
                   what +
                       "access is refused; check the user, the password and the user's "
                       "permissions" +
                       answer);
    case kNotFound:
      // A queue whose node is down is said to be not found too, in other words.
      if (!queue_is_absent(code, broker_reason)) break;
      return Error(ErrorKind::denied,
                   what + "there is no such queue; run `holdfast setup`" + answer);
    case kNotAllowed:
      if (passes(broker_reason)) break;
      return Error(
          ErrorKind::denied,
          what + "the virtual host does not exist, or this user has no access to it" + answer);
    case kLocked:
      return Error(
          ErrorKind::denied,
          what +
              "the queue is exclusive: it belongs to another connection and is removed with it. "
              "Close that connection or delete the queue, then run `holdfast setup`" +
              answer);
    case kPreconditionFailed:
    case kNotImplemented:
      return Error(ErrorKind::rejected, what + "the broker refuses it" + answer);
    default:
      break;
  }
  return Error(ErrorKind::unavailable, what + "the broker closed the connection" + answer);
}

}  // namespace holdfast
