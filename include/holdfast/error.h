// The one exception of Holdfast: a failure, with the one fact that decides what to do about it.
// Expected answers (superseded, absent, exists) are return values and never an Error.
#pragma once

#include <stdexcept>
#include <string>

namespace holdfast {

enum class ErrorKind {
  unavailable,  // May work later: a network that is cut, a server that is overloaded. Try again.
  rejected,     // Will not work however often: wrong credentials, a wrong name, a full disk.
  corrupt,      // What was read is not what was written. Stop and tell a person.
};

class Error : public std::runtime_error {
 public:
  // `what` is a sentence for a person: what failed, where, and what to do where that is known.
  Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }
  bool may_work_later() const noexcept { return kind_ == ErrorKind::unavailable; }

 private:
  ErrorKind kind_;
};

}  // namespace holdfast
