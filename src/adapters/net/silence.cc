#include "adapters/net/silence.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "base/thread.h"

namespace holdfast {

namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(500);

struct Waits {
  struct Wait {
    std::string server;
    std::optional<TimePoint> seen_at;  // By the watch, for the first time.
  };
  std::map<std::uint64_t, Wait> open;
  std::uint64_t last_number = 0;
};

// Global, because adapters that wait for a server know nothing of a watch.
Locked<Waits>& waits() {
  static Locked<Waits> all;
  return all;
}

}  // namespace

AwaitedServer::AwaitedServer(const std::string& server) {
  waits().with([&](Waits& all) {
    number_ = ++all.last_number;
    all.open.emplace(number_, Waits::Wait{server, {}});
  });
}

AwaitedServer::~AwaitedServer() {
  waits().with([&](Waits& all) { all.open.erase(number_); });
}

SilenceWatch::SilenceWatch(const Clock& clock, Tell tell) : clock_(clock), tell_(std::move(tell)) {
  waits();  // Before the thread, so that it outlives the thread.
  thread_ = start_thread("watching for servers that are silent", [this] { watch(); });
}

SilenceWatch::~SilenceWatch() {
  end_.post(true);
  thread_.join();
}

void SilenceWatch::watch() {
  std::set<std::string> told;
  while (!end_.next(clock_.now() + kLookEvery)) {  // Until the watch ends.
    std::vector<std::string> silent;
    waits().with([&](Waits& all) {
      const TimePoint now = clock_.now();
      for (auto& [number, wait] : all.open) {
        if (!wait.seen_at) wait.seen_at = now;
        if (now - *wait.seen_at >= kTellAfter && told.insert(wait.server).second) {
          silent.push_back(wait.server);
        }
      }
    });
    for (const std::string& server : silent) tell_(server);
  }
}

}  // namespace holdfast
