// One session over fakes, in one thread and in no time: the clock jumps to the next thing that was
// scheduled whenever the session waits. A session that spins or does not end fails the test.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "checkpoint/job_log.h"
#include "checkpoint/snapshot.h"
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"
#include "worker/session.h"
#include "worker/transfer.h"

namespace holdfast {

class OneWorker : public testing::Test {
 protected:
  // What the task does once it was started.
  using Task = std::function<void(const TaskSpec&)>;

  OneWorker() {
    settings_.worker = "pc-1";
    settings_.command = {"program", "{steps}"};
    settings_.work_directory = folder_.path() / "workspace";
    settings_.checkpoint_every = std::chrono::minutes(1);
  }

  static Delivery delivery(const std::string& body, std::uint64_t tag = 1) {
    Delivery delivery;
    delivery.tag = {tag};
    delivery.body = body;
    delivery.message_id = "m" + std::to_string(tag);
    return delivery;
  }
  static constexpr const char* kBody = R"({"job_id":"a","steps":3})";

  // Works `deliveries` off, one after the other, then drains.
  SessionSummary work(std::vector<Delivery> deliveries) {
    deliveries_.assign(deliveries.begin(), deliveries.end());
    const WorkerPorts ports{clock_,
                            store_,
                            queue_,
                            publisher_,
                            runner_,
                            [this](TransferCommand command) { begin_transfer(std::move(command)); },
                            inbox_,
                            [this] { return "attempt-" + std::to_string(++attempts_); },
                            [](const JobNews&) {}};
    return Session(ports, settings_).run();
  }

  void in(Duration time, std::function<void()> action) {
    scheduled_.emplace(clock_.now() + time, std::move(action));
  }
  void post(Event event) { inbox_.post(std::move(event)); }
  void exit_with(int code) { post(TaskEvent(TaskExited{code, {}, "the end"})); }
  void in_exit_with(Duration time, int code) {
    const std::uint64_t task = tasks_started_;
    in(time, [this, code, task] {
      if (runs_ && task == tasks_started_) {
        runs_ = false;
        exit_with(code);
      }
    });
  }

  // The log as a stranger reads it.
  std::optional<Record> newest(const std::string& job = "a") {
    JobLog log(memory_, clock_, *JobId::parse(job));
    return log.read(kFar);
  }
  // Somebody else asks whether the owner lives; answered: whether there was a sign before patience
  // ended, on a log read by the asker's own.
  void ask_and_expect_answer(Duration patience) {
    auto log = std::make_shared<JobLog>(memory_, clock_, *JobId::parse("a"));
    log->read(kFar);
    const std::uint64_t signs = log->newest()->signs_of_life;
    ASSERT_EQ(log->append(
                  "", [](const auto& r) { return asked(*r, "pc-2"); }, kFar),
              AppendOutcome::appended);
    in(patience, [this, log, signs] {
      log->read(kFar);
      questions_ += 1;
      if (log->newest()->signs_of_life != signs) answers_ += 1;
    });
  }

  class ScheduledInbox final : public Inbox<Event> {
   public:
    explicit ScheduledInbox(OneWorker& world) : world_(world) {}
    void post(Event event) override { events_.push_back(std::move(event)); }
    std::optional<Event> next(TimePoint deadline) override {
      if (++calls_ > kCallsMax) throw std::runtime_error("the session does not end");
      const TimePoint before = world_.clock_.now();
      for (;;) {
        if (!events_.empty()) {
          Event event = std::move(events_.front());
          events_.pop_front();
          idle_ = 0;
          return event;
        }
        auto& scheduled = world_.scheduled_;
        if (scheduled.empty() || scheduled.begin()->first > deadline) break;
        const auto action = scheduled.extract(scheduled.begin());
        world_.clock_.wait_until(action.key());
        action.mapped()();
      }
      world_.clock_.wait_until(deadline);
      idle_ = world_.clock_.now() == before ? idle_ + 1 : 0;
      if (idle_ > kIdleMax) throw std::runtime_error("the session spins");
      return std::nullopt;
    }

   private:
    static constexpr int kCallsMax = 100'000;
    static constexpr int kIdleMax = 20;
    OneWorker& world_;
    std::deque<Event> events_;
    int calls_ = 0;
    int idle_ = 0;
  };

  class FakeQueue final : public QueueLink {
   public:
    explicit FakeQueue(OneWorker& world) : world_(world) {}
    void want_one() override {
      if (world_.deliveries_.empty()) return world_.post(DrainRequested{});
      world_.post(world_.deliveries_.front());
      world_.deliveries_.pop_front();
    }
    void settle(DeliveryTag tag, Settlement settlement) override {
      world_.settled_.emplace_back(tag.value, settlement);
    }

   private:
    OneWorker& world_;
  };

  class FakePublisher final : public Publisher {
   public:
    explicit FakePublisher(OneWorker& world) : world_(world) {}
    std::uint64_t send(Message message, TimePoint deadline) override {
      if (world_.broker_away_) {
        world_.clock_.wait_until(deadline);
        throw Error(ErrorKind::unavailable, "the broker is away");
      }
      world_.published_.push_back(std::move(message));
      return world_.published_.size() - 1;
    }
    std::vector<std::uint64_t> take_confirmed(TimePoint) override { return {}; }
    std::size_t unconfirmed() const override { return 0; }

   private:
    OneWorker& world_;
  };

  class FakeRunner final : public Runner {
   public:
    explicit FakeRunner(OneWorker& world) : world_(world) {}
    void start(const TaskSpec& spec) override {
      spec_ = spec;
      world_.runs_ = true;
      world_.tasks_started_ += 1;
      if (world_.task_) world_.task_(spec);
    }
    void snapshot(SnapshotMode, const std::filesystem::path& directory) override {
      world_.snapshots_wanted_ += 1;
      if (world_.disk_full_ && world_.disk_full_(directory.parent_path())) {
        world_.post(TaskEvent(SnapshotFailed{"no space left", true}));
        return;
      }
      copy_directory(spec_.checkpoint_directory, directory);
      world_.post(TaskEvent(SnapshotTaken{directory, {}}));
    }
    void stop(Duration) override {
      if (!world_.runs_) return;
      world_.runs_ = false;
      world_.in(std::chrono::seconds(1), [this] {
        world_.post(TaskEvent(TaskExited{{}, 15, {}}));
      });
    }

   private:
    OneWorker& world_;
    TaskSpec spec_;
  };

  // Carried out when its time has passed, or as soon as it is asked to stop.
  void begin_transfer(TransferCommand command) {
    const Duration takes = transfer_takes_ ? transfer_takes_(command) : Duration::zero();
    continue_transfer(std::make_shared<TransferCommand>(std::move(command)), clock_.now() + takes);
  }
  void continue_transfer(const std::shared_ptr<TransferCommand>& command, TimePoint end) {
    if (clock_.now() >= end || command->stop.stop_requested()) {
      return post(transfer_.carry_out(*command));
    }
    in(std::min<Duration>(end - clock_.now(), std::chrono::seconds(1)),
       [this, command, end] { continue_transfer(command, end); });
  }

  static constexpr TimePoint kFar{std::chrono::hours(1000)};

  const TemporaryFolder folder_;
  ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  WorkerSettings settings_;
  Task task_;
  std::function<Duration(const TransferCommand&)> transfer_takes_;
  bool broker_away_ = false;
  // Asked before each snapshot, with the folder that holds them.
  std::function<bool(const std::filesystem::path&)> disk_full_;
  int snapshots_wanted_ = 0;

  std::vector<std::pair<std::uint64_t, Settlement>> settled_;
  std::vector<Message> published_;
  int questions_ = 0;
  int answers_ = 0;
  std::uint64_t tasks_started_ = 0;
  bool runs_ = false;

 private:
  ScheduledInbox inbox_{*this};
  FakeQueue queue_{*this};
  FakePublisher publisher_{*this};
  FakeRunner runner_{*this};
  Transfer transfer_{store_, clock_};
  std::multimap<TimePoint, std::function<void()>> scheduled_;
  std::deque<Delivery> deliveries_;
  std::uint64_t attempts_ = 0;
};

}  // namespace holdfast
