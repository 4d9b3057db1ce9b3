#include "core/claim.h"

namespace holdfast {

namespace {

// Leaves room for what tells a copy in the 255 bytes that a broker and a record keep.
constexpr std::size_t kOriginalIdBytesMax = 200;

bool same_id(const Record& newest, const DeliveryFacts& delivery) {
  return kept_message_id(delivery.message_id) == newest.message_id;
}

}  // namespace

ClaimDecision decide_claim(const std::optional<Record>& newest, const DeliveryFacts& delivery,
                           const RetryPolicy& policy) {
  if (!newest) return ClaimDecision::claim;
  switch (newest->state) {
    case JobState::completed:
    case JobState::dead:
    case JobState::cancelled:
      return ClaimDecision::finish;
    case JobState::running:
      // Of another message of the job, the holder that is gone need not be the owner.
      if (!delivery.earlier_holder_gone || !same_id(*newest, delivery)) return ClaimDecision::ask;
      break;
    case JobState::waiting:
      break;
  }
  const bool spent = newest->attempts_since_progress >= policy.attempts_max ||
                     newest->lost_total >= policy.attempts_max * kLossesPerProgressMax;
  return spent ? ClaimDecision::set_aside : ClaimDecision::claim;
}

bool renewal_due(std::uint64_t returns, std::optional<std::uint64_t> delivery_limit) {
  // The queue gives a message up on the return after the limit.
  return delivery_limit && returns > 0 && returns + 1 >= *delivery_limit;
}

std::string id_of_copy(const std::string& message_id, const std::string& salt) {
  constexpr std::string_view kMark = "~copy-";
  const std::string original = message_id.substr(0, message_id.rfind(kMark));
  return original.substr(0, kOriginalIdBytesMax) + std::string(kMark) + salt;
}

bool same_message(const Record& newest, const DeliveryFacts& delivery) {
  return delivery.redelivered && same_id(newest, delivery);
}

Duration patience_for(const Record& newest, const DeliveryFacts& delivery,
                      const Patience& patience) {
  return same_message(newest, delivery) ? patience.redelivered : patience.submitted_twice;
}

}  // namespace holdfast
