#include "worker/cost_teller.h"

#include <algorithm>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

Occupation occupation_of(const WorkerBoard& board) {
  if (board.draining.get()) return Occupation::leaving;
  switch (board.stage.get()) {
    case WorkerStage::idle:
      return Occupation::idle;
    case WorkerStage::storing:
      return Occupation::storing;
    case WorkerStage::claiming:
    case WorkerStage::restoring:
    case WorkerStage::running:
    case WorkerStage::handing_back:
      break;
  }
  return Occupation::busy;
}

Duration unsaved(const WorkerBoard& board, TimePoint now) {
  const TimePoint durable = board.durable_until.get();
  return durable == TimePoint::max() ? Duration::zero() : now - durable;
}

}  // namespace

bool CostTeller::due(Occupation occupation, std::uint32_t cost) const {
  if (told_ == cost) return false;
  return !told_ || occupation != told_occupation_ || clock_.now() - told_at_ >= kEvery;
}

TimePoint CostTeller::step() {
  const TimePoint now = clock_.now();
  if (now < not_before_) return not_before_;
  const Occupation occupation = occupation_of(board_);
  const std::uint32_t cost = deletion_cost(occupation, unsaved(board_, now));
  if (!due(occupation, cost)) return now + kLookEvery;
  try {
    node_.set_deletion_cost(cost, now + kRequestTime);
  } catch (const Error& error) {
    failed(error.what());
    return not_before_;
  }
  if (pause_ > Duration::zero()) log(LogLevel::info, "metadata service answers again");
  pause_ = Duration::zero();
  told_ = cost;
  told_occupation_ = occupation;
  told_at_ = now;
  return now + kLookEvery;
}

void CostTeller::failed(const std::string& what) {
  const bool first = pause_ == Duration::zero();
  log(first ? LogLevel::warn : LogLevel::debug, "deletion cost not told, jobs go on",
      {{"error", what}});
  pause_ = first ? kFirstPause : std::min(pause_ * 2, kPauseMax);
  not_before_ = clock_.now() + pause_;
}

CostThread::CostThread(Node& node, const WorkerBoard& board, const Clock& clock)
    : thread_([this, &node, &board, &clock] {
        CostTeller teller(node, board, clock);
        while (!stop_.next(teller.step())) continue;
      }) {}

CostThread::~CostThread() {
  stop_.post({});
  thread_.join();
}

}  // namespace holdfast
