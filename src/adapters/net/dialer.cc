#include "adapters/net/dialer.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "adapters/net/resolve.h"
#include "adapters/net/silence.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

std::string reason_text(int reason) {
  return reason == 0 ? "no answer in time" : std::generic_category().message(reason);
}

int milliseconds(Duration left) {
  const auto count = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(count, 0, 3'600'000));
}

// One address on its way to a connection.
struct Attempt {
  std::string address;
  FileDescriptor socket;
};

// All of `addresses` beside each other, each a little later than the one before it.
class Race {
 public:
  Race(const std::vector<std::string>& addresses, std::uint16_t port, const Clock& clock)
      : addresses_(addresses), port_(port), clock_(clock) {}

  // The first to connect; without a socket if none did by `deadline`.
  Dialled run(TimePoint deadline) {
    next_at_ = clock_.now();
    while (true) {  // Ends at the deadline, or when all have failed.
      const TimePoint now = clock_.now();
      if (now >= deadline) return {};
      if (next_ < addresses_.size() && (attempts_.empty() || now >= next_at_)) {
        if (begin(addresses_[next_++])) return take(attempts_.size() - 1);
        next_at_ = now + Dialer::kHeadStart;
        continue;
      }
      if (attempts_.empty()) return {};
      const bool more = next_ < addresses_.size();
      if (const auto connected = wait((more ? std::min(deadline, next_at_) : deadline) - now)) {
        return take(*connected);
      }
    }
  }

  // Why the last one failed; 0: it gave no answer.
  int reason() const { return attempts_.empty() ? reason_ : 0; }

 private:
  // True if it is connected already.
  bool begin(const std::string& address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port_).c_str(), &hints, &found) != 0) {
      reason_ = EADDRNOTAVAIL;
      return false;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Attempt attempt{address, FileDescriptor(::socket(
                                 found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))};
    const bool done = attempt.socket.open() &&
                      ::connect(attempt.socket.get(), found->ai_addr, found->ai_addrlen) == 0;
    if (!done && (!attempt.socket.open() || errno != EINPROGRESS)) {
      reason_ = errno;
      return false;
    }
    attempts_.push_back(std::move(attempt));
    return done;
  }

  // The attempt that has connected; those that failed are gone.
  std::optional<std::size_t> wait(Duration left) {
    std::array<pollfd, kAddressesMax> waits{};
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
      waits.at(i) = {attempts_[i].socket.get(), POLLOUT, 0};
    }
    if (::poll(waits.data(), attempts_.size(), milliseconds(left)) <= 0) return std::nullopt;
    for (std::size_t i = attempts_.size(); i-- > 0;) {
      if (waits.at(i).revents == 0) continue;
      int failed = 0;
      socklen_t size = sizeof failed;
      ::getsockopt(attempts_[i].socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
      if (failed == 0) return i;
      reason_ = failed;
      attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
      next_at_ = clock_.now();  // Nobody waits behind one that has failed.
    }
    return std::nullopt;
  }

  Dialled take(std::size_t at) { return {std::move(attempts_[at].socket), attempts_[at].address}; }

  const std::vector<std::string>& addresses_;
  const std::uint16_t port_;
  const Clock& clock_;
  std::vector<Attempt> attempts_;
  std::size_t next_ = 0;
  TimePoint next_at_{};
  int reason_ = 0;
};

void set_options(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // These only help.
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

void Dialer::dial(const DialTarget& target, const Clock& clock, TimePoint deadline,
                  const Greet& greet) {
  const AwaitedServer awaited(target.shown);
  std::vector<std::string> left = addresses_in_order(target.host, (deadline - clock.now()) / 2);
  while (true) {  // Ends: every turn takes one address away.
    Race race(left, target.port, clock);
    Dialled connection = race.run(std::min(deadline, clock.now() + kStepMax));
    if (!connection.socket.open()) {
      throw Error(ErrorKind::unavailable, "cannot reach " + target.shown + ": " +
                                              reason_text(race.reason()) +
                                              "; check the address, that the server is running, "
                                              "and that no firewall blocks this machine");
    }
    const std::string address = connection.address;
    std::erase(left, address);
    set_options(connection.socket.get());
    const TimePoint now = clock.now();
    const Duration share =
        std::min(kStepMax, (deadline - now) / static_cast<std::int64_t>(left.size() + 1));
    try {
      greet(std::move(connection), now + share);
      return remember({address, memory().bad == address ? "" : memory().bad});
    } catch (const Error& error) {
      if (!error.may_work_later() || left.empty() || clock.now() >= deadline) throw;
    }
    distrust(address);
  }
}

void Dialer::distrust(const std::string& address) {
  const Memory before = memory();
  remember({before.good == address ? "" : before.good, address});
}

std::vector<std::string> Dialer::addresses_in_order(const std::string& host, Duration time_left) {
  std::vector<std::string> addresses = resolve(host, time_left);
  const Memory known = memory();
  std::ranges::stable_partition(addresses, [&](const std::string& a) { return a == known.good; });
  std::ranges::stable_partition(addresses, [&](const std::string& a) { return a != known.bad; });
  return addresses;
}

Dialer::Memory Dialer::memory() {
  auto known = memory_.take();
  if (!known) return {};
  memory_.post(*known);
  return *known;
}

void Dialer::remember(Memory memory) {
  while (memory_.take()) {  // Ends: nobody posts more than one at a time.
  }
  memory_.post(std::move(memory));
}

}  // namespace holdfast
