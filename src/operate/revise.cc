#include "operate/revise.h"

#include <algorithm>

#include "base/digest.h"
#include "base/thread_pool.h"
#include "base/wall_time.h"
#include "core/claim.h"
#include "core/redrive.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "ports/all_confirmed.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr int kTriesMax = 20;
constexpr int kWidth = 16;

// Makes log and store say that the job has its new content.
Revised prepare(const RevisePorts& ports, const ReviseWishes& wishes, const ChangedJob& job) {
  const TimePoint deadline = ports.clock.now() + kStep;
  const std::uint64_t content = fingerprint(job.body);
  JobLog log(ports.store, ports.clock, job.id);
  for (int i = 0; i < kTriesMax; ++i) {
    const ReviseDecision decision = decide_revise(log.read(deadline), content);
    if (decision == ReviseDecision::begun) return Revised::begun;
    if (decision == ReviseDecision::ended) return Revised::ended;
    if (decision == ReviseDecision::too_often) return Revised::too_often;
    if (decision == ReviseDecision::append) {
      const auto step = [&](const std::optional<Record>& newest) {
        return revised(newest, job.submitted_as, content, wishes.by, to_text(ports.clock.wall()));
      };
      if (log.append_as_claimant(step, deadline) != AppendOutcome::appended) continue;
    }
    ports.store.put(StoreLayout(job.id).job(), job.body, sha256(job.body), deadline);
    return Revised::changed;
  }
  throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + job.id.text());
}

void publish(const RevisePorts& ports, const ReviseWishes& wishes, const ChangedJob& job,
             TimePoint until) {
  Message message;
  message.body = job.body;
  // Its own: nobody shall take it for the one with the former content, handed out again.
  message.message_id = id_of_copy(job.id.text(), wishes.new_message_id());
  message.headers = wishes.headers;
  ports.publisher.send(std::move(message), until);
}

}  // namespace

std::vector<Revised> revise(const RevisePorts& ports, const ReviseWishes& wishes,
                            const std::vector<ChangedJob>& jobs) {
  std::vector<Revised> outcomes(jobs.size());
  if (jobs.empty()) return outcomes;
  {
    ThreadPool pool(std::min(kWidth, static_cast<int>(jobs.size())), /*background=*/false);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      pool.give([&, i] { outcomes[i] = prepare(ports, wishes, jobs[i]); });
    }
    pool.finish();
  }
  const TimePoint until = ports.clock.now() + kStep;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (outcomes[i] == Revised::changed) publish(ports, wishes, jobs[i], until);
  }
  if (!all_confirmed(ports.publisher, ports.clock, until)) {
    throw Error(ErrorKind::unavailable,
                "the queue does not confirm the messages of changed jobs; run the same command "
                "again");
  }
  return outcomes;
}

}  // namespace holdfast
