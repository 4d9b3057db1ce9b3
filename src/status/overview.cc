#include "status/overview.h"

#include <exception>
#include <optional>
#include <thread>

#include "base/mailbox.h"
#include "checkpoint/job_log.h"
#include "core/fleet_layout.h"
#include "core/job.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "status/job_status.h"

namespace holdfast {

namespace {

constexpr std::size_t kReaders = 8;
// Names are taken from the store and handed to the readers in pages of this size.
constexpr std::size_t kPage = 500;
constexpr Duration kRequest = std::chrono::seconds(30);
constexpr Duration kWait = std::chrono::hours(1);

// What one job's log says; no state if it has none.
struct Answer {
  std::optional<JobState> state;
  std::string job;
  std::optional<std::uint64_t> lag_seconds;
  bool damaged = false;
  std::exception_ptr failure;
};

Answer look_at(const std::string& folder, Store& store, const Clock& clock) {
  Answer answer;
  const auto job = JobId::parse(folder);
  if (!job) return answer;
  try {
    JobLog log(store, clock, *job);
    if (!log.read(clock.now() + kRequest)) return answer;
    answer.state = log.newest()->state;
    answer.job = folder;
    answer.lag_seconds = lag_of(*log.newest(), clock);
  } catch (const Error& error) {
    // One damaged log shall not hide the state of all others.
    answer.damaged = error.kind() == ErrorKind::corrupt;
    if (!answer.damaged) answer.failure = std::current_exception();
  }
  return answer;
}

// A few threads, each with one request in flight.
class Readers {
 public:
  Readers(Store& store, const Clock& clock) {
    for (std::size_t i = 0; i < kReaders; ++i) {
      threads_.emplace_back([this, &store, &clock] {
        for (;;) {  // Ends with the destructor's nullopt.
          const auto folder = folders_.next(clock.now() + kWait);
          if (!folder) continue;
          if (!*folder) return;
          answers_.post(look_at(**folder, store, clock));
        }
      });
    }
  }

  ~Readers() {
    for (std::size_t i = 0; i < kReaders; ++i) folders_.post(std::nullopt);
    for (std::thread& thread : threads_) thread.join();
  }

  void ask(const std::string& folder) { folders_.post(folder); }

  Answer next(const Clock& clock) {
    for (;;) {  // Ends: every folder that was asked about is answered, and requests have deadlines.
      if (auto answer = answers_.next(clock.now() + kWait)) return *answer;
    }
  }

 private:
  Mailbox<std::optional<std::string>> folders_;
  Mailbox<Answer> answers_;
  std::vector<std::thread> threads_;
};

void add(const Answer& answer, StoreCounts& counts) {
  if (!answer.state) {
    (answer.damaged ? counts.damaged : counts.others) += 1;
    return;
  }
  if (answer.lag_seconds &&
      (counts.lag_job.empty() || *answer.lag_seconds > counts.lag_seconds_max)) {
    counts.lag_seconds_max = *answer.lag_seconds;
    counts.lag_job = answer.job;
  }
  switch (*answer.state) {
    case JobState::waiting:
      counts.waiting += 1;
      return;
    case JobState::running:
      counts.running += 1;
      return;
    case JobState::completed:
      counts.completed += 1;
      return;
    case JobState::dead:
      counts.dead += 1;
      return;
    case JobState::cancelled:
      counts.cancelled += 1;
      return;
  }
}

}  // namespace

StoreCounts count_store(Store& store, const Clock& clock,
                        const std::function<bool(const StoreCounts&)>& progress) {
  StoreCounts counts;
  Readers readers(store, clock);
  std::string after;
  for (;;) {  // Ends with the store's folders.
    const auto folders = store.list_folders(after, kPage, clock.now() + kRequest);
    std::size_t asked = 0;
    for (const std::string& folder : folders) {
      if (folder == kWorkersFolder || FleetLayout::is_ours(folder)) continue;  // No job's.
      readers.ask(folder);
      asked += 1;
    }
    std::exception_ptr failure;
    for (std::size_t i = 0; i < asked; ++i) {
      const Answer answer = readers.next(clock);
      if (answer.failure) failure = answer.failure;
      add(answer, counts);
    }
    if (failure) std::rethrow_exception(failure);
    if (progress(counts) || folders.size() < kPage) return counts;
    after = folders.back();
  }
}

std::vector<UnfitNotice> unfit_workers(Store& store, const Clock& clock) {
  std::vector<UnfitNotice> notices;
  const std::string prefix = std::string(kWorkersFolder) + "/";
  for (const ObjectEntry& object : store.list(prefix, "", kUnfitMax, clock.now() + kRequest)) {
    const auto bytes = store.get(object.key, kUnfitNoticeBytesMax, clock.now() + kRequest);
    if (!bytes) continue;
    try {
      notices.push_back(unfit_notice_from_json(*bytes));
    } catch (const Error& error) {
      notices.push_back({object.key, error.what(), {}});
    }
  }
  return notices;
}

}  // namespace holdfast
