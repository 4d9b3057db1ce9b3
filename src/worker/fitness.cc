#include "worker/fitness.h"

#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "base/wall_time.h"
#include "core/ending.h"
#include "core/store_layout.h"
#include "core/unfit_notice.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kNoticeTime = std::chrono::seconds(10);
constexpr Duration kReadTime = std::chrono::seconds(5);

std::string seconds_text(Duration time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

Fitness::Fitness(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
                 Workspace& workspace)
    : ports_(ports),
      settings_(settings),
      events_(events),
      workspace_(workspace),
      suspicion_(settings.worker) {}

void Fitness::test() {
  if (settings_.self_test.empty()) return;
  workspace_.begin("self-test");
  TaskSpec spec;
  spec.label = "self-test";
  spec.arguments = settings_.self_test;
  spec.checkpoint_directory = workspace_.checkpoint();
  spec.working_directory =
      settings_.working_directory.empty() ? spec.checkpoint_directory : settings_.working_directory;
  spec.socket = workspace_.socket();
  const TimePoint end = ports_.clock.now() + settings_.self_test_max;
  bool stopped = false;
  ports_.runner.start(spec);
  for (;;) {  // Ends: a task that is stopped without grace is soon gone.
    const auto event = events_.next(stopped ? ports_.clock.now() + kReadTime : end);
    const bool over = ports_.clock.now() >= end || events_.draining();
    if (over && !stopped) {
      stopped = true;
      ports_.runner.stop(Duration::zero());
    }
    if (!event) continue;
    const auto* task = std::get_if<TaskEvent>(&*event);
    const auto* exited = task != nullptr ? std::get_if<TaskExited>(task) : nullptr;
    if (exited == nullptr) continue;
    if (exited->code == kExitFinished) {
      log(LogLevel::info, "self-test passed", {{"worker", settings_.worker}});
    } else if (!events_.draining()) {
      unfit_ = stopped ? "its self-test did not end within " + seconds_text(settings_.self_test_max)
                       : "its self-test failed: " + how_it_ended(exited->code, exited->signal);
    }
    return;
  }
}

void Fitness::ended(const JobId& job, const Record& after) {
  suspicion_.ended(job.text(), after);
  news_ = true;
  completed_ = completed_ || after.state == JobState::completed;
  const bool says_so = !after.endings.empty() && after.endings.back().ending == Ending::node_unfit;
  if (says_so) {
    unfit_ = "job " + job.text() + ": " + after.endings.back().detail;
  }
}

void Fitness::judge() {
  if (completed_ && !notice_gone_) take_notice_back();
  if (!settings_.judge_node || !std::exchange(news_, false) || !unfit_.empty()) return;
  const Duration pause = suspicion_.pause();
  if (pause == Duration::zero()) return;
  read_logs();
  if (suspicion_.proven()) {
    const auto witnesses = suspicion_.witnesses();
    unfit_ =
        std::to_string(witnesses.size()) +
        " jobs failed here one after the other and then succeeded or made progress elsewhere, " +
        witnesses.back() + " last";
    return;
  }
  log(LogLevel::warn, "jobs fail here one after the other, leaving the next jobs to other workers",
      {{"worker", settings_.worker}, {"pause_s", std::chrono::duration<double>(pause).count()}});
  const TimePoint until = ports_.clock.now() + pause;
  while (ports_.clock.now() < until && !events_.ending()) {
    const auto event = events_.next(until);
    // Asked for before the slot was empty: others shall have it.
    const auto* delivery = event ? std::get_if<Delivery>(&*event) : nullptr;
    if (delivery != nullptr) ports_.queue.settle(delivery->tag, Settlement::hand_back);
  }
}

void Fitness::read_logs() {
  for (const std::string& name : suspicion_.unclear()) {
    try {
      JobLog job_log(ports_.store, ports_.clock, *JobId::parse(name));
      const auto& newest = job_log.read(ports_.clock.now() + kReadTime);
      if (newest) suspicion_.seen(name, *newest);
    } catch (const Error& error) {
      // Nothing more is known than before.
      log(LogLevel::debug, "log not read", {{"job", name}, {"error", error.what()}});
    }
  }
}

// What an earlier worker of this name has said.
void Fitness::take_notice_back() {
  notice_gone_ = true;
  try {
    ports_.store.remove(unfit_notice_key(settings_.worker), ports_.clock.now() + kNoticeTime);
  } catch (const Error& error) {
    log(LogLevel::debug, "notice not removed", {{"error", error.what()}});
  }
}

void Fitness::say() {
  log(LogLevel::error, "node is unfit, taking no more jobs",
      {{"worker", settings_.worker}, {"reason", unfit_}});
  const std::string notice =
      to_json(UnfitNotice{settings_.worker, unfit_, to_text(ports_.clock.wall())});
  try {
    ports_.store.put(unfit_notice_key(settings_.worker), notice, sha256(notice),
                     ports_.clock.now() + kNoticeTime);
  } catch (const Error& error) {
    log(LogLevel::warn, "notice not stored", {{"error", error.what()}});
  }
}

}  // namespace holdfast
