// Brings dead jobs back, each from its newest checkpoint and with nothing held against it.
//
// For each: its letter is taken, `redriven` appended to its log, its message published and
// confirmed, and only then is the letter removed. Broken off anywhere and repeated, the job is
// there exactly as if it had been brought back once. A job that is named and has no letter comes
// back from the copy of its message that the store keeps.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "core/redrive.h"
#include "operate/dead_letter_view.h"
#include "ports/clock.h"
#include "ports/dead_letters.h"
#include "ports/queue.h"
#include "ports/store.h"

namespace holdfast {

struct RedrivePorts {
  DeadLetters& letters;
  Publisher& publisher;
  Store& store;
  const Clock& clock;
  // What the job's message said beside the job, for one whose message is made anew from the copy
  // in the store: its group, and that somebody wants to be told. Empty: nobody knows.
  using Headers = std::vector<std::pair<std::string, std::string>>;
  std::function<Headers(const std::string& job)> headers_of = {};

  Headers headers(const JobId& job) const {
    return headers_of ? headers_of(job.text()) : Headers();
  }
};

enum class Redriven {
  requeued,
  completed_already,   // Its letter is gone now.
  forgotten,           // The same.
  was_cancelled,       // Left alone.
  no_such_checkpoint,  // Left alone: the generation that was asked for is not kept.
  not_dead,            // Left alone: it goes on already, from a checkpoint of its own choice.
  // It may go on again, but nobody has its message: it was cancelled before a worker had seen it.
  without_message,
  damaged,  // Its log cannot be read, or its message was not read whole: left alone.
};

struct RedriveNews {
  std::string name;
  Redriven outcome = Redriven::requeued;
  std::string detail;  // damaged: why.
};

struct RedriveWishes {
  DeadLetterChoice choice;
  CancelledJobs cancelled = CancelledJobs::stay;
  Generation from = {};  // The checkpoint to resume from; 0: the newest.
  std::string by;        // The person, for the log.
  // Hears of each letter that was chosen.
  std::function<void(const RedriveNews&)> tell;
  // Asked between two letters: true ends it early.
  std::function<bool()> stop;
};

struct RedriveSummary {
  std::uint64_t requeued = 0;
  std::uint64_t left_alone = 0;
  std::set<std::string> missing;  // Names that were asked for and are not dead.
};

// Throws Error; what was done until then stays done, and the rest can be asked for again.
RedriveSummary redrive(const RedrivePorts& ports, const RedriveWishes& wishes);

}  // namespace holdfast
