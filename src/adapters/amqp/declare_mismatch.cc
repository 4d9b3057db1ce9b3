#include "adapters/amqp/declare_mismatch.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace holdfast {
namespace {

// The text between `before` and the next `after`; `text` goes on behind it.
std::optional<std::string_view> between(std::string_view& text, std::string_view before,
                                        std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + before.size());
  const std::size_t end = text.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view found = text.substr(0, end);
  text.remove_prefix(end + after.size());
  return found;
}

QueueArgumentValue value_of(std::string_view text, bool number_expected) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  const bool is_number = !text.empty() && code == std::errc() && rest == end;
  if (number_expected && is_number) return number;
  return std::string(text);
}

bool declared_as_number(const QueueSpec& declared, std::string_view argument) {
  for (const QueueArgument& one : declared.arguments) {
    if (one.name == argument) return std::holds_alternative<std::int64_t>(one.value);
  }
  return false;
}

// What stands behind "but current is": `none`, `'V'`, or `the value 'V' of type 'T'`.
void read_current(std::string_view text, bool number_expected, DeclareMismatch& mismatch) {
  if (text == "none") {
    mismatch.current = DeclareMismatch::Current::none;
    return;
  }
  constexpr std::string_view kValue = "the value '";
  constexpr std::string_view kType = "' of type '";
  if (text.starts_with(kValue)) {
    const std::size_t type = text.rfind(kType);
    if (type == std::string_view::npos || !text.ends_with('\'')) return;
    number_expected = text.substr(type + kType.size()) != "longstr'";
    text = text.substr(kValue.size(), type - kValue.size());
  } else if (text.size() >= 2 && text.starts_with('\'') && text.ends_with('\'')) {
    text = text.substr(1, text.size() - 2);
  } else {
    return;
  }
  mismatch.current = DeclareMismatch::Current::value;
  mismatch.value = value_of(text, number_expected);
}

std::string shown(const QueueArgumentValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return "'" + std::get<std::string>(value) + "'";
}

struct Consequence {
  std::string_view argument;
  std::string_view with_value;  // # stands for the value, #+1 for one more than it.
  std::string_view with_none;
};

constexpr std::array kConsequences = {
    Consequence{"x-delivery-limit",
                "the broker dead-letters a job that was interrupted #+1 times, even a healthy one",
                "brokers from 4.0 on dead-letter a job that was interrupted 21 times"},
    Consequence{"x-queue-type", "jobs are kept on one node of the broker and can be lost with it",
                "jobs are kept on one node of the broker and can be lost with it"},
    Consequence{"x-dead-letter-exchange",
                "messages that the broker dead-letters go to that exchange and are lost if none of "
                "its bindings matches",
                "messages that the broker dead-letters are lost"},
    Consequence{
        "x-dead-letter-routing-key",
        "messages that the broker dead-letters do not go to Holdfast's queue of dead letters",
        "messages that the broker dead-letters keep the job queue's name as their routing key. If "
        "no binding of the dead-letter exchange matches it, they are lost"},
    Consequence{"x-dead-letter-strategy",
                "messages that the broker dead-letters can be lost on the way",
                "messages that the broker dead-letters can be lost on the way"},
    Consequence{"x-overflow", "a full queue throws away its oldest jobs",
                "if a policy limits its length, a full queue throws away its oldest jobs"},
    Consequence{"x-consumer-timeout", "a job that runs for more than # ms is taken from its worker",
                "a job that runs longer than the broker's own timeout is taken from its worker"},
    Consequence{"x-message-ttl", "messages leave this queue after # ms",
                "messages never leave this queue"},
    Consequence{"x-max-length", "more than # waiting messages are not kept", ""},
    Consequence{"x-max-length-bytes", "more than # bytes of waiting messages are not kept", ""},
    Consequence{"x-expires", "the queue is removed with its jobs when unused for # ms", ""},
    Consequence{"x-single-active-consumer", "only one worker at a time gets jobs", ""},
    Consequence{"durable", "a restart of the broker removes the queue", ""},
    Consequence{"exclusive", "only the connection that made the queue can use it", ""},
    Consequence{"auto_delete", "the queue is removed when its last worker leaves", ""},
};

void replace(std::string& text, std::string_view what, const std::string& with) {
  const std::size_t at = text.find(what);
  if (at != std::string::npos) text.replace(at, what.size(), with);
}

std::string consequence_of(const DeclareMismatch& mismatch) {
  const auto found =
      std::find_if(kConsequences.begin(), kConsequences.end(),
                   [&](const Consequence& one) { return one.argument == mismatch.argument; });
  if (found == kConsequences.end()) return {};
  if (mismatch.current == DeclareMismatch::Current::none) return std::string(found->with_none);
  std::string text(found->with_value);
  const auto* number = std::get_if<std::int64_t>(&mismatch.value);
  replace(text, "#+1", number == nullptr ? "a few" : std::to_string(*number + 1));
  replace(text, "#", number == nullptr ? "some" : std::to_string(*number));
  return text;
}

}  // namespace

std::optional<DeclareMismatch> read_mismatch(std::string_view reason, const QueueSpec& declared) {
  DeclareMismatch mismatch;
  std::string_view rest = reason;
  if (const auto invalid = between(rest, "invalid arg '", "' for queue '")) {
    mismatch.argument = std::string(*invalid);
    mismatch.current = DeclareMismatch::Current::invalid;
    return mismatch;
  }
  rest = reason;
  const auto argument = between(rest, "inequivalent arg '", "' for queue '");
  if (!argument) return std::nullopt;
  mismatch.argument = std::string(*argument);

  constexpr std::string_view kCurrent = " but current is ";
  const std::size_t current = rest.rfind(kCurrent);
  if (current != std::string_view::npos) {
    read_current(rest.substr(current + kCurrent.size()), declared_as_number(declared, *argument),
                 mismatch);
  }
  return mismatch;
}

std::string describe_mismatch(const DeclareMismatch& mismatch, const QueueArgumentValue* wanted) {
  std::string sentence = mismatch.argument;
  switch (mismatch.current) {
    case DeclareMismatch::Current::value:
      sentence += " is " + shown(mismatch.value);
      break;
    case DeclareMismatch::Current::none:
      sentence += " is not set";
      break;
    case DeclareMismatch::Current::unsaid:
    case DeclareMismatch::Current::invalid:
      sentence += " is another";
      break;
  }
  sentence += ", wanted " + (wanted == nullptr ? "none" : shown(*wanted));
  const std::string consequence = consequence_of(mismatch);
  if (!consequence.empty()) sentence += ": " + consequence;
  return sentence;
}

}  // namespace holdfast
