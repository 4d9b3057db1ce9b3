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
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"
#include "joblog/job_log.h"
#include "worker/session.h"
#include "worker/transfer.h"

namespace holdfast {

// What the worker did with each delivery, in order.
using Settled = std::vector<std::pair<std::uint64_t, Settlement>>;

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
                            task_log_,
                            inbox_,
                            [this] { return "attempt-" + std::to_string(++attempts_); },
                            [](const JobNews&) {},
                            board_};
    return Session(ports, settings_).run();
  }

  void in(Duration time, std::function<void()> action) {
    scheduled_.emplace(clock_.now() + time, std::move(action));
  }
  void post(Event event) { inbox_.post(std::move(event)); }
  void print(const std::string& text) { task_log_.append(text); }
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
    ASSERT_EQ(log->append_as_claimant([](const auto& r) { return asked(*r, "pc-2"); }, kFar),
              AppendOutcome::appended);
    in(patience, [this, log, signs] {
      log->read(kFar);
      questions_ += 1;
      if (log->newest()->signs_of_life != signs) answers_ += 1;
    });
  }

  // Somebody else's attempt at a job.
  class Elsewhere {
   public:
    Elsewhere(OneWorker& world, const std::string& job, const std::string& message_id)
        : world_(world), job_(*JobId::parse(job)), log_(world.memory_, world.clock_, job_) {
      log_.read(kFar);
      EXPECT_EQ(log_.append_as_claimant(
                    [&](const auto& r) {
                      return claimed(r, {"elsewhere", "pc-2", message_id});
                    },
                    kFar),
                AppendOutcome::appended);
    }
    // Answers as an owner that looks every 15 s, for so long.
    void lives_for(Duration time) {
      for (Duration at{0}; at < time; at += std::chrono::seconds(15)) {
        world_.in(at, [this] {
          log_.read(kFar);
          if (log_.newest()->kind == RecordKind::asked)
            append([](const Record& r) { return answered(r); });
        });
      }
    }
    void append(const std::function<Record(const Record&)>& step) {
      log_.read(kFar);
      EXPECT_EQ(log_.append_as_owner(
                    "elsewhere", [&](const auto& r) { return step(*r); }, kFar),
                AppendOutcome::appended);
    }
    // Stores its result, of which the log says nothing yet. Returns the digest of its list.
    std::string stores_result() {
      const TemporaryFolder outputs;
      replace_file(outputs.path() / "result.txt", "7");
      const auto stored =
          Transfer(world_.memory_, world_.clock_)
              .carry_out({StoreOutputs{{job_, log_.newest()->attempt}, outputs.path()}});
      return std::get<OutputsStored>(stored).result.digest;
    }
    // Completes it; the outputs are not published yet.
    void completes() {
      const std::string digest = stores_result();
      append([&](const Record& r) {
        return completed(r, digest, {}, {r.attempt, Ending::finished, "pc-2", "finished", "now"});
      });
    }
    void hands_back() {
      append([](const Record& r) {
        return handed_back(r, {r.attempt, Ending::interrupted, "pc-2", "drained", "now"});
      });
    }

   private:
    OneWorker& world_;
    const JobId job_;
    JobLog log_;
  };
  // A person cancels the job.
  void cancel(const std::string& job = "a") {
    JobLog log(memory_, clock_, *JobId::parse(job));
    log.read(kFar);
    EXPECT_EQ(
        log.append_as_claimant([](const auto& r) { return cancelled(r, "anna", "now"); }, kFar),
        AppendOutcome::appended);
  }

  class ScheduledInbox final : public Inbox<Event> {
   public:
    explicit ScheduledInbox(OneWorker& world) : world_(world) {}
    void post(Event event) override { events_.push_back(std::move(event)); }
    std::optional<Event> next(TimePoint deadline) override {
      if (++calls_ > kCallsMax) throw std::runtime_error("the session does not end");
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
      idle_ = world_.clock_.now() == idle_at_ ? idle_ + 1 : 0;
      idle_at_ = world_.clock_.now();
      if (idle_ > kIdleMax) throw std::runtime_error("the session spins");
      return std::nullopt;
    }

   private:
    static constexpr int kCallsMax = 100'000;
    static constexpr int kIdleMax = 20;
    OneWorker& world_;
    std::deque<Event> events_;
    int calls_ = 0;
    int idle_ = 0;  // Calls for which nothing happened and no time passed.
    TimePoint idle_at_;
  };

  class FakeQueue final : public QueueLink {
   public:
    explicit FakeQueue(OneWorker& world) : world_(world) {}
    void want_one() override {
      world_.wanted_ = true;
      if (world_.deliveries_.empty()) {
        if (world_.drain_when_empty_) world_.post(DrainRequested{});
        return;
      }
      world_.post(world_.deliveries_.front());
      world_.deliveries_.pop_front();
    }
    void want_none() override { world_.wanted_ = false; }
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
      unconfirmed_ += 1;
      return world_.published_.size() - 1;
    }
    std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override {
      if (world_.confirms_) unconfirmed_ = 0;
      if (unconfirmed_ > 0) world_.clock_.wait_until(deadline);
      return {};
    }
    std::size_t unconfirmed() const override { return unconfirmed_; }

   private:
    OneWorker& world_;
    std::size_t unconfirmed_ = 0;
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
      std::filesystem::copy(
          spec_.checkpoint_directory, directory,
          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
      for (const auto& item : std::filesystem::recursive_directory_iterator(directory)) {
        if (!item.is_regular_file()) continue;
        const auto source = spec_.checkpoint_directory / item.path().lexically_relative(directory);
        std::filesystem::last_write_time(item.path(), std::filesystem::last_write_time(source));
      }
      world_.post(TaskEvent(SnapshotCopied{Duration::zero()}));
      if (world_.completing_takes_ == Duration::zero()) {
        return world_.post(TaskEvent(SnapshotTaken{directory}));
      }
      world_.in(world_.completing_takes_,
                [this, directory] { world_.post(TaskEvent(SnapshotTaken{directory})); });
    }
    void hold() override { world_.holds_.push_back(world_.clock_.now()); }
    void resume() override { world_.resumes_.push_back(world_.clock_.now()); }
    void stop(Duration grace) override {
      world_.stops_.push_back(grace);
      if (!world_.runs_) return;
      world_.runs_ = false;
      world_.in(std::chrono::seconds(1), [this] {
        const std::optional<int>& code = world_.stop_answer_;
        world_.post(TaskEvent(code ? TaskExited{code, {}, {}} : TaskExited{{}, 15, {}}));
      });
    }

   private:
    OneWorker& world_;
    TaskSpec spec_;
  };

  void store_log_when_due() {
    if (task_log_.due() == TimePoint::max()) return;
    in(std::max(task_log_.due() - clock_.now(), Duration::zero()), [this] {
      task_log_.store_due();
      store_log_when_due();
    });
  }

  // Carried out when its time has passed, or as soon as it is asked to stop.
  void begin_transfer(TransferCommand command) {
    const Duration takes = transfer_takes_ ? transfer_takes_(command) : Duration::zero();
    continue_transfer(std::make_shared<TransferCommand>(std::move(command)), clock_.now() + takes);
  }
  void continue_transfer(const std::shared_ptr<TransferCommand>& command, TimePoint end) {
    if (clock_.now() >= end || command->stop.stop_requested()) {
      return post(answer_to(*command, transfer_.carry_out(*command)));
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
  WorkerBoard board_;
  Task task_;
  std::function<Duration(const TransferCommand&)> transfer_takes_;
  bool broker_away_ = false;
  bool confirms_ = true;  // The broker, what was published.
  // Asked before each snapshot, with the folder that holds them.
  std::function<bool(const std::filesystem::path&)> disk_full_;
  Duration completing_takes_{0};  // A snapshot, while the task goes on already.
  int snapshots_wanted_ = 0;
  bool drain_when_empty_ = true;  // Once the last of the deliveries is worked off.
  bool wanted_ = false;

  std::vector<std::pair<std::uint64_t, Settlement>> settled_;
  std::vector<Message> published_;
  std::vector<Duration> stops_;  // The grace that each stop of a task gave it.
  std::optional<int>
      stop_answer_;  // The exit code of a task that is stopped; else SIGTERM ends it.
  int questions_ = 0;
  int answers_ = 0;
  std::uint64_t tasks_started_ = 0;
  bool runs_ = false;
  std::vector<TimePoint> holds_;
  std::vector<TimePoint> resumes_;

 private:
  ScheduledInbox inbox_{*this};
  FakeQueue queue_{*this};
  FakePublisher publisher_{*this};
  FakeRunner runner_{*this};
  Transfer transfer_{store_, clock_};
  LogKeeper task_log_{store_, clock_, TaskLogSettings{}, [this] { store_log_when_due(); },
                      [this] { post(TaskLogStored{}); }};
  std::multimap<TimePoint, std::function<void()>> scheduled_;
  std::deque<Delivery> deliveries_;
  std::uint64_t attempts_ = 0;
};

}  // namespace holdfast
