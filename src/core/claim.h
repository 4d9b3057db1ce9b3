// What to do with a delivery, given the newest record of its job: the claim table of
// docs/protocol.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/record.h"

namespace holdfast {

// How patient a claimant is with an owner that it cannot see, by its own clock.
struct Patience {
  // The broker handed out the same message again: it saw the owner's connection go, and the owner,
  // if it lives, knows that too and watches closely.
  Duration redelivered = std::chrono::seconds(6);
  // Another message for the same job: the owner may not know of us and watches slowly.
  Duration submitted_twice = std::chrono::seconds(45);
};

struct RetryPolicy {
  // Failures of the job's own since it last made progress.
  std::uint32_t failures_max = 3;
  // Attempts since it last made progress: a job that kills its worker before anybody can say so.
  std::uint32_t attempts_max = 10;
  Duration backoff_first = std::chrono::seconds(30);
  Duration backoff_max = std::chrono::minutes(30);
};

// A job is set aside after so many times failures_max failures, however much progress it reports
// between them, and after so many times attempts_max attempts that were lost.
constexpr std::uint32_t kFailuresPerProgressMax = 10;
constexpr std::uint32_t kLossesPerProgressMax = 100;

enum class ClaimDecision {
  claim,      // Append a claim: attempt + 1.
  ask,        // Somebody seems to run it: ask, wait, look again.
  set_aside,  // Too many attempts were lost: append dead.
  finish,     // It has ended: finish what is unfinished of it, settle the delivery.
};

// What the delivery tells about the earlier holder of its message.
struct DeliveryFacts {
  std::string message_id;
  bool redelivered = false;
  bool earlier_holder_gone = false;
};

ClaimDecision decide_claim(const std::optional<Record>& newest, const DeliveryFacts& delivery,
                           const RetryPolicy& policy);

// The id of a copy of a message, told from the original by `salt`: who meets both must not take one
// for the other handed out again.
std::string id_of_copy(const std::string& message_id, const std::string& salt);

// Whether a message that came back `returns` times is to be replaced by a fresh copy before it is
// worked on: one more interruption must not bring it over the queue's limit. Two tries at that are
// kept in reserve where the limit allows it.
bool renewal_due(std::uint64_t returns, std::optional<std::uint64_t> delivery_limit);

// Whether the queue hands out the message again by which the owner claimed: it saw the owner's
// connection go.
bool same_message(const Record& newest, const DeliveryFacts& delivery);

// How long to wait for an answer to a question.
Duration patience_for(const Record& newest, const DeliveryFacts& delivery,
                      const Patience& patience);

}  // namespace holdfast
