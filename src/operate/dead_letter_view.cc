#include "operate/dead_letter_view.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "base/digest.h"

namespace holdfast {

namespace {

constexpr std::size_t kNameDigits = 8;

std::string header(const DeadLetter& letter, std::string_view name) {
  for (const auto& [key, value] : letter.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

DeadLetterView view_of(const DeadLetter& letter) {
  DeadLetterView view;
  view.reason = header(letter, "holdfast-reason");
  view.error = header(letter, "holdfast-error");
  view.worker = header(letter, "holdfast-worker");
  view.attempts = header(letter, "holdfast-attempts");
  view.when = header(letter, "holdfast-when");
  const auto parsed = parse_job(letter.body);
  if (const auto* job = std::get_if<Job>(&parsed)) {
    view.job = job->id;
    view.name = job->id.text();
  } else {
    const std::string digest = sha256(letter.message_id + "\n" + letter.body).hex();
    view.name = "message/" + digest.substr(0, kNameDigits);
    if (view.error.empty()) view.error = std::get<BadJob>(parsed).reason;
  }
  if (view.reason.empty()) view.reason = view.job ? "unknown" : "bad_message";
  if (view.error.empty() && view.reason == "delivery_limit") {
    view.error = "the broker handed it out more often than its queue allows";
  }
  return view;
}

bool chosen(const DeadLetterChoice& choice, const DeadLetterView& letter) {
  if (choice.names.contains(letter.name)) return true;
  if (!letter.job) return false;
  if (choice.among && !choice.among->contains(letter.name)) return false;
  return choice.all || (!choice.reason.empty() && choice.reason == letter.reason);
}

std::optional<std::string> exported(const DeadLetter& letter, const DeadLetterView& view) {
  if (!letter.whole) return std::nullopt;
  if (!view.job) return letter.body;
  // In JSON a line break can only stand between values, where a blank says the same.
  std::string line = letter.body;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line + "\n";
}

}  // namespace holdfast
