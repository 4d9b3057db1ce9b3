#include "app/fetching.h"

#include <unistd.h>

#include <algorithm>
#include <deque>
#include <exception>

#include "app/amount_text.h"
#include "app/fetched_json.h"
#include "app/folder_lock.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/thread.h"
#include "base/thread_pool.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "joblog/kept_job.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);
constexpr Duration kRedraw = std::chrono::milliseconds(200);
// Of jobs; and of requests at one moment, for jobs of many small files.
constexpr std::size_t kJobsAtOnce = 16;
constexpr std::size_t kWidth = 32;
constexpr std::size_t kWidthMin = 4;
// Of one job, for the table.
constexpr std::size_t kCellsMax = 100;

}  // namespace

struct Fetching::Answer {
  std::string job;
  std::string state;
  Fetched fetched = {};
  std::string error = {};  // Why there is no result.
  bool former = false;     // It is that of an epoch before; the job has not completed again.
  std::optional<ResultTable::Row> row = {};

  bool whole() const { return error.empty() && fetched.problems.empty(); }
};

// Keeps the folder for this process.
class Fetching::Hold {
 public:
  explicit Hold(const std::filesystem::path& folder) {
    make_folders(folder);
    const std::filesystem::path parts = folder / TargetTree::kPartsFolder;
    if (std::filesystem::is_symlink(parts)) {
      throw UsageError(parts.string() + " is a symbolic link, and nothing is written through one");
    }
    lock_ = FolderLock::try_lock(parts);
    if (lock_) return;
    throw UsageError("another holdfast fetch writes into " + folder.string() +
                     "; wait until it ends, or name another folder with --to");
  }

 private:
  std::optional<FolderLock> lock_;
};

Fetching::Fetching(Store& store, const Clock& clock, FetchPlan plan, std::stop_token stop)
    : store_(store), clock_(clock), plan_(std::move(plan)), stop_(std::move(stop)) {
  if (!plan_.to.empty()) hold_ = std::make_unique<Hold>(plan_.to);
}

Fetching::~Fetching() = default;

void Fetching::fetch(const std::vector<JobId>& jobs) {
  if (jobs.empty()) return;
  jobs_ += jobs.size();
  const std::size_t at_once = std::min(jobs.size(), kJobsAtOnce);
  if (!plan_.to.empty() && !fetcher_) {
    const std::size_t width = std::max(kWidth / at_once, kWidthMin);
    fetcher_.emplace(store_, clock_, plan_.to, plan_.wishes, static_cast<int>(width), stop_);
  }
  Locked<std::deque<Answer>> answers;
  Mailbox<std::exception_ptr> end;
  // Here progress is drawn meanwhile.
  std::thread work = start_thread("fetching", [&] {
    std::exception_ptr failure;
    try {
      ThreadPool pool(static_cast<int>(at_once), /*background=*/false);
      for (const JobId& id : jobs) {
        if (stop_.stop_requested()) break;
        pool.give([&, id] {
          Answer answer = fetch_one(id);
          answers.with([&](std::deque<Answer>& all) { all.push_back(std::move(answer)); });
        });
      }
      pool.finish();
    } catch (...) {
      failure = std::current_exception();
    }
    end.post(failure);
  });
  std::optional<std::exception_ptr> failure;
  LiveLines lines;
  const bool live = !plan_.json && can_redraw(STDERR_FILENO);
  while (!failure) {
    failure = end.next(clock_.now() + kRedraw);
    std::deque<Answer> some;
    answers.with([&](std::deque<Answer>& all) { some.swap(all); });
    for (Answer& answer : some) {
      if (!answer.whole()) lines.clear();
      take(std::move(answer));
    }
    if (live) {
      const std::uint64_t bytes = fetcher_ ? fetcher_->bytes() : 0;
      lines.draw({bar(static_cast<double>(done_) / static_cast<double>(jobs_), 20) + " " +
                  grouped(done_) + " of " + grouped(jobs_) + " jobs, " + grouped(all_.files) +
                  " files, " + grouped(bytes) + " bytes fetched"});
    }
  }
  lines.clear();
  work.join();
  if (*failure) std::rethrow_exception(*failure);
}

Fetching::Answer Fetching::fetch_one(const JobId& id) {
  Answer answer{id.text(), "unclaimed"};
  try {
    JobLog log(store_, clock_, id);
    for (auto newest = log.read(clock_.now() + kRead);
         ;) {  // Ends: a job is not run again so often.
      if (newest) answer.state = to_text(newest->state);
      const auto result = newest ? result_of(*newest) : std::nullopt;
      if (!newest || !result) {
        const bool gone = newest && is_forgotten(*newest);
        answer.error = gone     ? "was forgotten, so nothing of it is kept"
                       : newest ? "is " + answer.state + ", so it has no result"
                                : "was not taken by any worker yet, so it has no result";
      } else if (fetcher_) {
        answer.fetched = fetcher_->fetch(id, *result);
      }
      answer.former = result && newest->state != JobState::completed;
      if (!plan_.table.empty() && newest) answer.row = row_of(id, *newest);
      if (answer.fetched.problems.empty()) break;
      // What is gone may have been replaced meanwhile, by that of a later epoch.
      newest = log.read(clock_.now() + kRead);
      if (newest && result_of(*newest) == result) break;
      answer.fetched = {};
    }
  } catch (const Error& error) {
    // One damaged job shall not keep the others from being fetched.
    if (error.kind() != ErrorKind::corrupt) throw;
    answer.error = error.what();
  }
  return answer;
}

ResultTable::Row Fetching::row_of(const JobId& id, const Record& newest) {
  ResultTable::Row row;
  row.set("job_id", id.text());
  row.set("state", std::string(to_text(newest.state)));
  if (const auto body = read_kept_job(store_, id, clock_.now() + kRead)) row.add_job(*body);
  const auto result = result_of(newest);
  if (!result) return row;
  const StoreLayout layout(id);
  const StoredOutputs stored(store_, clock_, layout, result->attempt, result->digest);
  std::size_t left = kCellsMax;
  stored.for_each_page([&](const std::vector<Output>& page) {
    for (const Output& output : page) {
      const bool small =
          output.kind == OutputKind::file && output.size_bytes <= ResultTable::kResultBytesMax;
      if (!small || !takes(plan_.wishes.only, output.path)) continue;
      if (left-- == 0 || stop_.stop_requested()) return false;
      for (const std::string& key : {layout.output(output.path), stored.key_of(output)}) {
        const auto content = store_.get(key, ResultTable::kResultBytesMax, clock_.now() + kRead);
        if (!content || sha256(*content).hex() != output.digest) continue;
        row.add_result(output.path, *content);
        break;
      }
    }
    return true;
  });
  return row;
}

void Fetching::take(Answer answer) {
  all_.files += answer.fetched.files;
  all_.bytes += answer.fetched.bytes;
  all_.there += answer.fetched.there;
  if (answer.row) table_.add(std::move(*answer.row));
  if (stop_.stop_requested()) return;
  if (plan_.only_completed && answer.state != to_text(JobState::completed)) {
    jobs_ -= 1;
    return;
  }
  done_ += 1;
  if (answer.whole()) whole_ += 1;
  if (plan_.json) {
    return print(fetched_json(answer.job, answer.state, answer.fetched, answer.error) + "\n");
  }
  if (!answer.error.empty()) say(answer.job + ": " + answer.error + "\n");
  if (answer.former) {
    say(answer.job + ": is " + answer.state + " after holdfast rerun; this is its result of " +
        "before\n");
  }
  for (const std::string& what : answer.fetched.problems) say(answer.job + ": " + what + "\n");
}

bool Fetching::finish() {
  if (!plan_.table.empty()) replace_file(plan_.table, table_.csv());
  if (!stop_.stop_requested() && fetcher_) fetcher_->remove_parts();
  if (!plan_.json) {
    std::string text = grouped(whole_) + " of " + grouped(jobs_) + (jobs_ == 1 ? " job" : " jobs");
    if (fetcher_) {
      text += ": " + grouped(all_.files) + (all_.files == 1 ? " file, " : " files, ") +
              grouped(all_.bytes) + " bytes, fetched into " + plan_.to.string();
      if (all_.there > 0) text += "; " + grouped(all_.there) + " were there already";
    }
    if (!plan_.table.empty()) text += "; the table is " + plan_.table.string();
    print(text + "\n");
  }
  return whole_ == jobs_;
}

}  // namespace holdfast
