// What an answer of an S3 server means for the one who asked: the table behind every Error of the
// S3 store. Pure.
#pragma once

#include <optional>
#include <string>

#include "adapters/s3/s3_xml.h"

namespace holdfast {

enum class S3Meaning {
  done,
  absent,            // Certainly no such object, or no such upload in parts.
  condition_failed,  // The object is there already.
  clock_wrong,       // The server takes our time to be wrong; sign again with its own.
  damaged,           // What arrived there is not what its digest says.
  busy,              // Unavailable, and asks to be asked less often.
  unavailable,
  denied,    // Access: keys, rights, a bucket that is gone or full.
  rejected,  // What is asked for can never be done.
};

// `error` is the answer's body, if it is one of S3's.
S3Meaning meaning_of(unsigned status, const std::optional<S3ErrorBody>& error);

// Why, in words, and what to do about it. Never holds a credential.
std::string reason_of(unsigned status, const std::optional<S3ErrorBody>& error);

}  // namespace holdfast
