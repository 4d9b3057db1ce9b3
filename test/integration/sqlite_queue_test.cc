// What the embedded queue promises beyond the contract of every queue: it survives processes that
// are killed at any instruction, and clocks that jump.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/sqlite/sqlite_admin.h"
#include "adapters/sqlite/sqlite_consumer.h"
#include "adapters/sqlite/sqlite_publisher.h"
#include "base/random.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::chrono::seconds kEnough{20};

// Real time, with a wall clock that a test can set.
class SettableClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now() + offset_; }
  void wait_until(TimePoint deadline) override { std::this_thread::sleep_until(deadline); }
  void set_wall(std::chrono::seconds offset) { offset_ = offset; }

 private:
  std::chrono::seconds offset_{0};
};

// A process of its own that does `work` and is killed when the object goes away.
class Child {
 public:
  explicit Child(const std::function<void(int said)>& work) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(pipe[0]);
      work(pipe[1]);
      ::_exit(0);
    }
    ::close(pipe[1]);
    hears_ = FileDescriptor(pipe[0]);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // Waits for one byte.
  void wait_for_word() {
    char byte = 0;
    ASSERT_EQ(::read(hears_.get(), &byte, 1), 1);
  }
  // Waits until it has said so many lines, and a few instructions more.
  void wait_for_lines(std::uint64_t lines, std::chrono::microseconds more) {
    char byte = 0;
    while (lines > 0 && ::read(hears_.get(), &byte, 1) == 1) {
      heard_ += byte;
      if (byte == '\n') --lines;
    }
    std::this_thread::sleep_for(more);
  }
  // All that it said until it ended.
  std::string rest() {
    std::string all = heard_;
    std::array<char, 65'536> bytes;
    ssize_t got = 0;
    while ((got = ::read(hears_.get(), bytes.data(), bytes.size())) > 0) {
      all.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  pid_t pid_ = 0;
  FileDescriptor hears_;
  std::string heard_;
};

void say(int descriptor, const std::string& line) {
  if (::write(descriptor, line.data(), line.size()) < 0) ::_exit(1);
}

class SqliteQueueTest : public testing::Test {
 protected:
  SqliteQueueTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("sqlite-queue-" + Random::from_system().hex(8))) {}
  ~SqliteQueueTest() override { std::filesystem::remove_all(folder_); }

  TimePoint in(std::chrono::milliseconds time) const { return clock_.now() + time; }

  void publish(const std::string& id) { publish(id, std::chrono::seconds(0)); }
  void publish(const std::string& id, std::chrono::seconds delay) {
    SqlitePublisher publisher(folder_, clock_);
    Message message;
    message.message_id = id;
    message.destination = delay > 0s ? Destination::retry : Destination::queue;
    message.delay = delay;
    publisher.send(std::move(message), in(kEnough));
    ASSERT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  }

  // nullopt if none came in `time`.
  std::optional<Delivery> delivery_within(Consumer& consumer, std::chrono::milliseconds time) {
    const TimePoint deadline = in(time);
    do {
      ConsumerEvent event = consumer.next(deadline);
      if (auto* delivery = std::get_if<Delivery>(&event)) return std::move(*delivery);
    } while (clock_.now() < deadline);
    return std::nullopt;
  }

  SettableClock clock_;
  std::filesystem::path folder_;
};

TEST_F(SqliteQueueTest, AMessageIsFreeAtOnceWhenItsConsumerIsKilled) {
  publish("a");
  Child child([this](int said) {
    SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
    consumer.want(true);
    if (delivery_within(consumer, kEnough)) say(said, "!");
    ::pause();
  });
  child.wait_for_word();
  SqliteConsumer other(folder_, QueueBox::jobs, clock_);
  other.want(true);
  EXPECT_FALSE(delivery_within(other, 300ms)) << "the message of a living process was taken";

  std::thread killer([&child] { child.kill(); });
  const TimePoint killed = clock_.now();
  const auto delivery = delivery_within(other, kEnough);
  killer.join();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->message_id, "a");
  EXPECT_TRUE(delivery->redelivered);
  EXPECT_TRUE(delivery->earlier_holder_gone);
  EXPECT_LT(clock_.now() - killed, 700ms) << "it was found by looking now and then only";
}

TEST_F(SqliteQueueTest, AMessageOfAStoppedProcessStaysItsOwn) {
  publish("a");
  Child child([this](int said) {
    SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
    consumer.want(true);
    if (delivery_within(consumer, kEnough)) say(said, "!");
    ::raise(SIGSTOP);
  });
  child.wait_for_word();
  SqliteConsumer other(folder_, QueueBox::jobs, clock_);
  other.want(true);
  EXPECT_FALSE(delivery_within(other, 1500ms));
  EXPECT_FALSE(other.empty());
}

TEST_F(SqliteQueueTest, AMessageHandedBackSaysNotThatItsHolderIsGone) {
  publish("a");
  SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  consumer.want(true);
  const auto first = delivery_within(consumer, kEnough);
  ASSERT_TRUE(first);
  consumer.settle(first->tag, Settlement::hand_back);
  const auto again = delivery_within(consumer, kEnough);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->redelivered);
  EXPECT_FALSE(again->earlier_holder_gone);
  EXPECT_EQ(again->returns, 1U);
}

// Each round a process publishes, takes, completes and hands back until it is killed in the middle
// of something. It says what it has done after it is done, and what it is about to complete before.
TEST_F(SqliteQueueTest, NothingIsLostOrDoubledWhenProcessesAreKilledAgainAndAgain) {
  constexpr int kRounds = 40;
  Random random(20240817);
  std::set<std::string> confirmed;
  std::set<std::string> may_be_gone;
  std::set<std::string> completed;
  for (int round = 0; round < kRounds; ++round) {
    Child child([this, round](int said) {
      SqlitePublisher publisher(folder_, clock_);
      SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
      consumer.want(true);
      for (int step = 0; step < 100'000; ++step) {
        const std::string batch = std::to_string(round) + "." + std::to_string(step);
        for (const char* part : {".a ", ".b "}) {
          Message message;
          message.message_id = batch + part;
          message.headers = {{"batch", batch}};
          publisher.send(std::move(message), in(kEnough));
        }
        publisher.take_confirmed(in(kEnough));
        say(said, "confirmed " + batch + ".a \nconfirmed " + batch + ".b \n");
        const auto delivery = delivery_within(consumer, kEnough);
        if (!delivery) continue;
        if (step % 3 == 0) {
          consumer.settle(delivery->tag, Settlement::hand_back);
          continue;
        }
        say(said, "completing " + delivery->message_id + "\n");
        consumer.settle(delivery->tag, Settlement::complete);
        say(said, "completed " + delivery->message_id + "\n");
      }
    });
    child.wait_for_lines(random.below(60), std::chrono::microseconds(random.below(2000)));
    child.kill();
    std::istringstream lines(child.rest());
    std::string verb;
    std::string id;
    while (lines >> verb >> id) {
      if (verb == "confirmed") confirmed.insert(id);
      if (verb == "completing") may_be_gone.insert(id);
      if (verb == "completed") completed.insert(id);
    }
  }

  std::map<std::string, int> left;
  SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  consumer.want(true);
  while (!consumer.empty()) {
    const auto delivery = delivery_within(consumer, kEnough);
    ASSERT_TRUE(delivery) << "a message is in the queue and does not come";
    ++left[delivery->message_id.substr(0, delivery->message_id.find(' '))];
    EXPECT_EQ(delivery->headers.size(), 1U);
    consumer.settle(delivery->tag, Settlement::complete);
  }
  EXPECT_GT(confirmed.size(), 200U) << "the processes were killed before they did anything";
  EXPECT_GT(completed.size(), 100U) << "the processes were killed before they did anything";
  for (const std::string& id : confirmed) {
    EXPECT_TRUE(left.contains(id) || may_be_gone.contains(id)) << id << " was lost";
  }
  for (const std::string& id : completed) EXPECT_FALSE(left.contains(id)) << id << " came back";
  for (const auto& [id, count] : left) EXPECT_EQ(count, 1) << id << " was doubled";
}

TEST_F(SqliteQueueTest, FilesOfKilledConsumersAreSweptAway) {
  for (int i = 0; i < 3; ++i) {
    Child child([this](int said) {
      const SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
      say(said, "!");
      ::pause();
    });
    child.wait_for_word();
  }
  const SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  std::vector<std::string> locks;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "consumers")) {
    if (entry.path().extension() == ".lock") locks.push_back(entry.path().string());
  }
  EXPECT_EQ(locks.size(), 1U);
}

TEST_F(SqliteQueueTest, ARetryComesAfterItsDelayAndNotBefore) {
  publish("a", 1s);
  SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  consumer.want(true);
  EXPECT_FALSE(delivery_within(consumer, 600ms));
  const auto delivery = delivery_within(consumer, kEnough);
  ASSERT_TRUE(delivery);
  EXPECT_FALSE(delivery->redelivered);
}

TEST_F(SqliteQueueTest, AClockSetBackMakesADelayBeginAgainAndNoLonger) {
  clock_.set_wall(10h);
  publish("a", 2s);
  clock_.set_wall(0h);
  SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  consumer.want(true);
  EXPECT_FALSE(delivery_within(consumer, 1000ms));
  EXPECT_TRUE(delivery_within(consumer, 5s));
}

TEST_F(SqliteQueueTest, WaitingCostsNoProcessorTime) {
  publish("later", 1000s);
  SqliteConsumer consumer(folder_, QueueBox::jobs, clock_);
  consumer.want(true);
  const std::clock_t before = std::clock();
  EXPECT_FALSE(delivery_within(consumer, 3000ms));
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.03);
}

TEST_F(SqliteQueueTest, ManyMayOpenANewQueueAtTheSameTime) {
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 8; ++i) {
      children.push_back(std::make_unique<Child>([this, round](int said) {
        try {
          const SqliteQueue queue(folder_ / std::to_string(round));
          say(said, "opened ");
        } catch (const Error& error) {
          say(said, error.what());
        }
      }));
    }
    for (const auto& child : children) EXPECT_EQ(child->rest(), "opened ");
  }
}

TEST_F(SqliteQueueTest, SettingUpSaysWhetherTheQueueWasNew) {
  SqliteAdmin admin(folder_, clock_);
  EXPECT_EQ(admin.setup(in(kEnough)).front().outcome, SetupFinding::Outcome::created);
  EXPECT_EQ(admin.setup(in(kEnough)).front().outcome, SetupFinding::Outcome::as_wanted);
  SqliteAdmin other(folder_, clock_);
  EXPECT_EQ(other.setup(in(kEnough)).front().outcome, SetupFinding::Outcome::as_wanted);
}

TEST_F(SqliteQueueTest, AFileThatIsNoDatabaseIsSaidToBeCorrupt) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "queue.sqlite") << std::string(5000, 'x');
  try {
    const SqliteQueue queue(folder_);
    FAIL() << "a damaged file was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_NE(std::string(error.what()).find("queue.sqlite"), std::string::npos);
  }
}

TEST_F(SqliteQueueTest, AQueueOfANewerFormatIsRefused) {
  {
    SqliteQueue queue(folder_);
    queue.database().set_format(99);
  }
  EXPECT_THROW(SqliteQueue{folder_}, Error);
}

}  // namespace
}  // namespace holdfast
