// Dead letters and a publisher in memory, in which one call can be told to go wrong: refused before
// it does anything, or carried out with its answer lost.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fakes/faulty_store.h"
#include "holdfast/error.h"
#include "ports/dead_letters.h"
#include "ports/queue.h"

namespace holdfast {

// What lies in the two queues.
struct MemoryQueues {
  std::vector<DeadLetter> letters;
  std::vector<Message> published;
  std::optional<std::size_t> calls_left;  // Until the one that goes wrong.
  Fault fault = Fault::refused;
  // Called after each message that was published.
  std::function<void(const Message&)> taken = [](const Message&) {};

  template <typename Effect>
  void call(const Effect& effect) {
    const bool now = calls_left && *calls_left == 0;
    if (calls_left) calls_left = now ? std::nullopt : std::optional(*calls_left - 1);
    if (now && fault == Fault::refused) throw Error(ErrorKind::unavailable, "planned: refused");
    effect();
    if (now) throw Error(ErrorKind::unavailable, "planned: answer lost");
  }
};

class MemoryLetters final : public DeadLetters {
 public:
  explicit MemoryLetters(MemoryQueues& queues) : queues_(queues) {}

  std::optional<DeadLetter> next(TimePoint) override {
    if (place_ >= queues_.letters.size()) return std::nullopt;
    return queues_.letters[place_++];
  }
  void remove(TimePoint) override {
    queues_.call([this] {
      place_ -= 1;
      queues_.letters.erase(queues_.letters.begin() + static_cast<std::ptrdiff_t>(place_));
    });
  }

 private:
  MemoryQueues& queues_;
  std::size_t place_ = 0;
};

class MemoryPublisher final : public Publisher {
 public:
  explicit MemoryPublisher(MemoryQueues& queues) : queues_(queues) {}

  std::uint64_t send(Message message, TimePoint) override {
    queues_.call([&] {
      queues_.published.push_back(std::move(message));
      queues_.taken(queues_.published.back());
    });
    unconfirmed_ = {sent_};
    return sent_++;
  }
  std::vector<std::uint64_t> take_confirmed(TimePoint) override {
    std::vector<std::uint64_t> confirmed;
    queues_.call([&] { confirmed.swap(unconfirmed_); });
    return confirmed;
  }
  std::size_t unconfirmed() const override { return unconfirmed_.size(); }

 private:
  MemoryQueues& queues_;
  std::uint64_t sent_ = 0;
  std::vector<std::uint64_t> unconfirmed_;
};

}  // namespace holdfast
