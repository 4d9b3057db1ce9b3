#include "operate/redrive.h"

#include <algorithm>
#include <optional>

#include "base/wall_time.h"
#include "core/notice.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "joblog/kept_job.h"
#include "ports/all_confirmed.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
// How often others may be first to append before we give up.
constexpr int kTriesMax = 20;

bool keeps(const Record& newest, Generation wanted) {
  return wanted.value == 0 ||
         std::any_of(newest.checkpoints.begin(), newest.checkpoints.end(),
                     [&](const CheckpointRef& ref) { return ref.generation == wanted; });
}

class Redriver {
 public:
  Redriver(const RedrivePorts& ports, const RedriveWishes& wishes)
      : ports_(ports), wishes_(wishes) {}

  RedriveNews bring_back(const DeadLetter& letter, const DeadLetterView& view) {
    RedriveNews news{view.name, Redriven::requeued, {}};
    if (!letter.whole) {
      return {view.name, Redriven::damaged, "its message is too long to be read completely"};
    }
    if (view.job) news.outcome = prepare(*view.job);
    if (news.outcome == Redriven::was_cancelled || news.outcome == Redriven::no_such_checkpoint ||
        news.outcome == Redriven::not_dead) {
      return news;
    }
    // Its result could not be published: the worker that is given the message tries again.
    const bool unpublished = view.reason == "damaged";
    if (news.outcome == Redriven::completed_already && unpublished) {
      news.outcome = Redriven::requeued;
    }
    if (news.outcome == Redriven::requeued) publish(letter.body, letter.message_id, letter.headers);
    ports_.letters.remove(deadline());
    return news;
  }

  // Without a letter; nullopt if it is not there to be brought back.
  std::optional<RedriveNews> bring_back(const JobId& id) {
    JobLog log(ports_.store, ports_.clock, id);
    if (!redrivable_without_letter(log.read(deadline()), wishes_.cancelled)) return std::nullopt;
    const auto body = read_kept_job(ports_.store, id, deadline());
    RedriveNews news{id.text(), prepare(id), {}};
    if (news.outcome != Redriven::requeued) return news;
    if (body) {
      publish(*body, id.text(), ports_.headers(id));
    } else {
      news.outcome = Redriven::without_message;
    }
    return news;
  }

 private:
  TimePoint deadline() const { return ports_.clock.now() + kStep; }

  // Makes the log say that the job may go on; `requeued` if it then needs its message.
  Redriven prepare(const JobId& id) {
    JobLog log(ports_.store, ports_.clock, id);
    for (int i = 0; i < kTriesMax; ++i) {
      log.read(deadline());
      switch (decide_redrive(log.newest(), wishes_.cancelled)) {
        case RedriveDecision::publish:
          return wishes_.from.value == 0 ? Redriven::requeued : Redriven::not_dead;
        case RedriveDecision::drop:
          return is_forgotten(*log.newest()) ? Redriven::forgotten : Redriven::completed_already;
        case RedriveDecision::refuse:
          return Redriven::was_cancelled;
        case RedriveDecision::append:
          break;
      }
      if (!keeps(*log.newest(), wishes_.from)) return Redriven::no_such_checkpoint;
      const std::string when = to_text(ports_.clock.wall());
      const auto step = [&](const std::optional<Record>& newest) {
        return redriven(*newest, wishes_.by, when, wishes_.from);
      };
      if (log.append_as_claimant(step, deadline()) == AppendOutcome::appended)
        return Redriven::requeued;
    }
    throw Error(ErrorKind::unavailable, "others keep writing to the log of job " + id.text());
  }

  void publish(const std::string& body, const std::string& message_id,
               const std::vector<std::pair<std::string, std::string>>& headers) {
    Message message;
    message.body = body;
    message.message_id = message_id;
    for (const auto& header : headers) {
      if (is_submitters_header(header.first)) message.headers.push_back(header);
    }
    const TimePoint until = deadline();
    ports_.publisher.send(std::move(message), until);
    if (!all_confirmed(ports_.publisher, ports_.clock, until)) {
      throw Error(ErrorKind::unavailable,
                  "the queue does not confirm the message of a requeued job; its dead letter "
                  "stays. Run the same command again");
    }
  }

  const RedrivePorts& ports_;
  const RedriveWishes& wishes_;
};

// One damaged log shall not keep the others from coming back.
template <typename Step>
std::optional<RedriveNews> unless_damaged(const std::string& name, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return RedriveNews{name, Redriven::damaged, error.what()};
  }
}

}  // namespace

RedriveSummary redrive(const RedrivePorts& ports, const RedriveWishes& wishes) {
  RedriveSummary summary;
  summary.missing = wishes.choice.names;
  Redriver redriver(ports, wishes);
  std::set<std::string> met;
  const auto note = [&](const std::optional<RedriveNews>& news) {
    if (!news) return;
    met.insert(news->name);
    summary.missing.erase(news->name);
    const bool done = news->outcome == Redriven::requeued;
    (done ? summary.requeued : summary.left_alone) += 1;
    wishes.tell(*news);
  };
  while (!wishes.stop()) {  // Ends with the letters.
    const auto letter = ports.letters.next(ports.clock.now() + kStep);
    if (!letter) break;
    const DeadLetterView view = view_of(*letter);
    // What died again meanwhile is for another time, or this would have no end.
    if (!chosen(wishes.choice, view) || met.contains(view.name)) continue;
    note(unless_damaged(view.name, [&] { return redriver.bring_back(*letter, view); }));
  }
  for (const std::string& name : std::set<std::string>(summary.missing)) {
    if (wishes.stop()) break;
    const auto id = JobId::parse(name);
    if (!id) continue;
    note(unless_damaged(name, [&] { return redriver.bring_back(*id); }));
  }
  return summary;
}

}  // namespace holdfast
