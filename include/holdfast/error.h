// The one exception of Holdfast: a failure, with the one fact that decides what to do about it.
// Expected answers (superseded, absent, exists) are return values and never an Error.
#pragma once

#include <stdexcept>
#include <string>

namespace holdfast {

// Who has to act before the same call can succeed.
enum class ErrorKind {
  unavailable,  // Nobody: a network that is cut, a server that is overloaded. Try again.
  denied,       // Whoever gives access: expired keys, a missing right, a deleted bucket, a quota.
                // Who holds a job waits as in an outage; who holds none says so and ends.
  machine,      // Whoever runs this machine: a full disk, a folder that it may not write, a program
                // that is not there. Another machine may do better.
  rejected,     // Whoever asked: this request can never succeed, wherever it is made.
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

// Whether waiting can help, for who has something to lose: it passes by itself, or somebody may
// give access again.
constexpr bool worth_waiting(ErrorKind kind) {
  return kind == ErrorKind::unavailable || kind == ErrorKind::denied;
}

}  // namespace holdfast
