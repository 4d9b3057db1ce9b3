#include "submit/submitter.h"

#include "base/check.h"
#include "core/job.h"
#include "holdfast/error.h"
#include "submit/checked_list.h"

namespace holdfast {

namespace {

// Confirmations are taken after so many jobs: often enough to keep their ids few, seldom enough
// that an embedded queue stores many jobs at once.
constexpr std::uint64_t kJobsPerTake = 1000;
// How long one call may wait before we look whether to stop.
constexpr Duration kTry = std::chrono::seconds(1);
// What is confirmed is written down this often: a process that is killed has sent so much again.
constexpr Duration kCommitEvery = std::chrono::milliseconds(200);
// How long a submission that is stopped waits for what it has sent.
constexpr Duration kLastWait = std::chrono::seconds(2);

}  // namespace

Submitter::Submitter(Publisher& publisher, Ledger& ledger, const Clock& clock,
                     SubmitterWishes wishes)
    : publisher_(publisher), ledger_(ledger), clock_(clock), wishes_(std::move(wishes)) {}

Submitted Submitter::submit(const JobList& list) {
  result_ = {};
  last_success_ = clock_.now();
  ListedJob job;
  ListFault fault;
  const auto reader = list.read();
  try {
    std::uint64_t read = 0;
    while (!result_.stopped && reader->next(job, fault) == Reading::job) {
      const auto known = ledger_.submitted(job.id, fingerprint(job.body));
      if (!known) {
        throw Error(ErrorKind::rejected,
                    list.name() + " changed while it was being submitted (line " +
                        std::to_string(job.line) + "); run the same command again");
      }
      if (!*known) send(job);
      if (++read % kJobsPerTake != 0) continue;
      take_confirmed(clock_.now());
      if (stopping()) break;
    }
    await_rest();
  } catch (const Error&) {
    ledger_.commit();
    throw;
  }
  ledger_.commit();
  return result_;
}

void Submitter::send(ListedJob& job) {
  Message message;
  message.body = std::move(job.body);
  message.message_id = job.id;
  message.headers = wishes_.headers;
  for (bool again = false;; again = true) {  // Ends when it is taken, or the patience ends.
    try {
      if (again) take_confirmed(clock_.now());
      const std::uint64_t number = publisher_.send(message, clock_.now() + kTry);
      check(number == first_number_ + sent_.size(), "messages are numbered in order");
      sent_.push_back(job.id);
      return;
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      endure(error.what());
    }
    if (stopping()) return;
  }
}

void Submitter::take_confirmed(TimePoint deadline) {
  const auto numbers = publisher_.take_confirmed(deadline);
  for (const std::uint64_t number : numbers) {
    check(number >= first_number_ && number - first_number_ < sent_.size(),
          "only what was sent is confirmed");
    std::string& id = sent_[number - first_number_];
    ledger_.confirm(id);
    id.clear();
    result_.confirmed += 1;
  }
  while (!sent_.empty() && sent_.front().empty()) {
    sent_.pop_front();
    first_number_ += 1;
  }
  if (numbers.empty()) return;
  last_success_ = clock_.now();
  outage_told_ = false;
  commit_if_due();
  if (wishes_.progress) wishes_.progress(result_.confirmed);
}

void Submitter::commit_if_due() {
  if (clock_.now() < next_commit_) return;
  ledger_.commit();
  next_commit_ = clock_.now() + kCommitEvery;
}

void Submitter::await_rest() {
  std::optional<TimePoint> give_up_at;  // Once we are stopped.
  while (publisher_.unconfirmed() > 0) {
    if (stopping() && !give_up_at) give_up_at = clock_.now() + kLastWait;
    if (give_up_at && clock_.now() >= *give_up_at) return;
    const std::uint64_t before = result_.confirmed;
    try {
      take_confirmed(clock_.now() + kTry);
      if (result_.confirmed == before) endure("the queue does not confirm the messages");
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      endure(error.what());
    }
  }
}

bool Submitter::stopping() {
  if (!result_.stopped && wishes_.stop && wishes_.stop()) result_.stopped = true;
  return result_.stopped;
}

// An outage: tells of it, and throws when it has lasted too long.
void Submitter::endure(const std::string& why) {
  if (!outage_told_ && wishes_.outage) wishes_.outage(why);
  outage_told_ = true;
  const bool connected_before = result_.confirmed > 0;
  const Duration patience = connected_before ? wishes_.outage_patience : wishes_.connect_patience;
  if (clock_.now() - last_success_ < patience) return;
  throw Error(ErrorKind::unavailable, why);
}

}  // namespace holdfast
