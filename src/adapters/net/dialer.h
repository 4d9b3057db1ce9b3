// Connects to a host that may have several addresses, of which some may be dead: each gets its
// share of the time, and the one that worked last is the first next time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/mailbox.h"
#include "ports/clock.h"

namespace holdfast {

struct DialTarget {
  std::string host;
  std::uint16_t port = 0;
  std::string shown;  // Names the server in sentences.
};

// A connection that was made: not blocking, close-on-exec.
struct Dialled {
  FileDescriptor socket;
  std::string address;
};

// For one host. Any thread.
class Dialer {
 public:
  // The next address is tried beside one that has not answered for this long.
  static constexpr Duration kHeadStart = std::chrono::milliseconds(250);

  // No address is waited for longer, whatever the deadline.
  static constexpr Duration kStepMax = std::chrono::seconds(30);

  // Connects, and lets `greet` say hello by the deadline that it is given. If that fails as
  // `unavailable`, the next address gets its turn: a machine may take connections and not speak.
  // Throws Error: `unavailable` with the reason of the last address, or what `greet` threw.
  using Greet = std::function<void(Dialled&& connection, TimePoint deadline)>;
  void dial(const DialTarget& target, const Clock& clock, TimePoint deadline, const Greet& greet);

  // This address took a connection and proved useless later: it comes last next time.
  void distrust(const std::string& address);

 private:
  struct Memory {
    std::string good;
    std::string bad;
  };

  Memory memory();
  void remember(Memory memory);
  std::vector<std::string> addresses_in_order(const std::string& host, Duration time_left);

  Mailbox<Memory> memory_;  // A hint: at most one, or none while somebody reads it.
};

}  // namespace holdfast
