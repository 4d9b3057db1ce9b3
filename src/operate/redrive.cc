#include "operate/redrive.h"

#include "checkpoint/job_log.h"
#include "core/redrive.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
// How often others may be first to append before we give up.
constexpr int kTriesMax = 20;

class Redriver {
 public:
  Redriver(const RedrivePorts& ports, const std::string& by) : ports_(ports), by_(by) {}

  RedriveNews bring_back(const DeadLetter& letter, const DeadLetterView& view) {
    RedriveNews news{view.name, Redriven::requeued, {}};
    if (!letter.whole) {
      return {view.name, Redriven::damaged, "its message is too long to be read whole"};
    }
    if (view.job) {
      try {
        news.outcome = prepare(*view.job);
      } catch (const Error& error) {
        // One damaged log shall not keep the others from coming back.
        if (error.kind() != ErrorKind::corrupt) throw;
        return {view.name, Redriven::damaged, error.what()};
      }
    }
    if (news.outcome == Redriven::was_cancelled) return news;
    if (news.outcome == Redriven::requeued) publish(letter);
    ports_.letters.remove(deadline());
    return news;
  }

 private:
  TimePoint deadline() const { return ports_.clock.now() + kStep; }

  // Makes the log say that the job may go on; `requeued` if it then needs its message.
  Redriven prepare(const JobId& id) {
    JobLog log(ports_.store, ports_.clock, id);
    for (int i = 0; i < kTriesMax; ++i) {
      log.read(deadline());
      switch (decide_redrive(log.newest())) {
        case RedriveDecision::publish:
          return Redriven::requeued;
        case RedriveDecision::drop:
          return Redriven::completed_already;
        case RedriveDecision::refuse:
          return Redriven::was_cancelled;
        case RedriveDecision::append:
          break;
      }
      const std::string when = to_text(ports_.clock.wall());
      const auto step = [&](const std::optional<Record>& newest) {
        return redriven(*newest, by_, when);
      };
      if (log.append("", step, deadline()) == AppendOutcome::appended) return Redriven::requeued;
    }
    throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + id.text());
  }

  void publish(const DeadLetter& letter) {
    Message message;
    message.body = letter.body;
    message.message_id = letter.message_id;
    const TimePoint until = deadline();
    ports_.publisher.send(std::move(message), until);
    while (ports_.publisher.unconfirmed() > 0) {  // Ends at the deadline.
      static_cast<void>(ports_.publisher.take_confirmed(until));
      if (ports_.publisher.unconfirmed() > 0 && ports_.clock.now() >= until) {
        throw Error(ErrorKind::unavailable,
                    "the queue does not confirm the message that brings a job back; its dead "
                    "letter stays, run the same command again");
      }
    }
  }

  const RedrivePorts& ports_;
  const std::string& by_;
};

}  // namespace

RedriveSummary redrive(const RedrivePorts& ports, const DeadLetterChoice& choice,
                       const std::string& by, const std::function<void(const RedriveNews&)>& tell,
                       const std::function<bool()>& stop) {
  RedriveSummary summary;
  summary.missing = choice.names;
  Redriver redriver(ports, by);
  while (!stop()) {  // Ends with the letters.
    const auto letter = ports.letters.next(ports.clock.now() + kStep);
    if (!letter) break;
    const DeadLetterView view = view_of(*letter);
    if (!chosen(choice, view)) continue;
    const RedriveNews news = redriver.bring_back(*letter, view);
    summary.missing.erase(view.name);
    const bool done = news.outcome == Redriven::requeued;
    (done ? summary.requeued : summary.left_alone) += 1;
    tell(news);
  }
  return summary;
}

}  // namespace holdfast
