// What becomes of the slot's delivery once its job needs it no more: it is acknowledged, handed
// back, replaced by a copy, or set aside as a dead letter. A message is acknowledged only after
// what takes its place is confirmed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "worker/context.h"
#include "worker/session_events.h"
#include "worker/slot.h"

namespace holdfast {

class Settler {
 public:
  // Borrows all.
  Settler(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
          const Slot& slot)
      : ports_(ports), settings_(settings), events_(events), slot_(slot) {}

  void settle(Settlement settlement);
  // The same message again after `delay`, or at once without; else it goes back as it is.
  void replace_by_copy(const Delivery& delivery, Destination destination, Duration delay);
  // Puts a copy where held jobs wait. The message itself is acknowledged only if `still`, asked
  // once the copy is stored, says so; else it goes back, and the copy is one too many.
  void hold_copy(const Delivery& delivery, const std::function<bool()>& still);
  // Publishes a dead letter with the headers `why`. False if the worker ended before the queue
  // confirmed it, or the message is not ours any more: then it comes again, and so does this.
  [[nodiscard]] bool publish_letter(const Delivery& delivery, const std::string& message_id,
                                    const std::vector<std::pair<std::string, std::string>>& why);
  // The same, and settles.
  void set_aside(const Delivery& delivery, const std::string& message_id,
                 const std::vector<std::pair<std::string, std::string>>& why);

  // Besides the one that the slot was given.
  bool met_another_message() const noexcept { return slot_.met_another(); }

  std::uint64_t handed_back() const noexcept { return handed_back_; }
  std::uint64_t dead() const noexcept { return dead_; }

 private:
  Message copy_of(const Delivery& delivery, Destination destination) const;
  // False if the worker ended before the queue confirmed the message.
  bool publish(const Message& message);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  const Slot& slot_;
  std::uint64_t handed_back_ = 0;
  std::uint64_t dead_ = 0;
};

}  // namespace holdfast
