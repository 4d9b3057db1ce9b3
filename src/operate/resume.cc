#include "operate/resume.h"

#include <algorithm>

#include "core/claim.h"
#include "core/notice.h"
#include "holdfast/error.h"
#include "index/group_stops.h"
#include "ports/all_confirmed.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);

bool is_of(const DeadLetter& job, const std::string& group) {
  return std::ranges::any_of(job.headers, [&](const auto& header) {
    return header.first == kGroupHeader && header.second == group;
  });
}

}  // namespace

ResumeSummary resume(const ResumePorts& ports, const std::string& group,
                     const std::function<bool()>& stop,
                     const std::function<std::string()>& new_message_id) {
  ResumeSummary summary;
  summary.had_stopped = GroupStops(ports.store, ports.clock, ports.layout).resume(group);
  while (!stop()) {  // Ends with the held jobs.
    const TimePoint deadline = ports.clock.now() + kStep;
    const auto job = ports.held.next(deadline);
    if (!job) break;
    if (!is_of(*job, group)) continue;
    Message message;
    message.body = job->body;
    message.message_id = id_of_copy(job->message_id, new_message_id());
    for (const auto& header : job->headers) {
      if (is_submitters_header(header.first)) message.headers.push_back(header);
    }
    ports.publisher.send(std::move(message), deadline);
    if (!all_confirmed(ports.publisher, ports.clock, deadline)) {
      throw Error(ErrorKind::unavailable,
                  "the queue does not confirm the messages of the resumed jobs; run the same "
                  "command again");
    }
    ports.held.remove(deadline);
    summary.jobs += 1;
  }
  return summary;
}

}  // namespace holdfast
