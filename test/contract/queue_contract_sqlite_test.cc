// The embedded queue, held to the queue's contract.
#include <filesystem>

#include <gtest/gtest.h>

#include "adapters/sqlite/sqlite_admin.h"
#include "adapters/sqlite/sqlite_consumer.h"
#include "adapters/sqlite/sqlite_dead_letters.h"
#include "adapters/sqlite/sqlite_publisher.h"
#include "base/random.h"
#include "contract/queue_contract.h"

namespace holdfast {
namespace {

class SqliteUnderTest final : public QueueUnderTest {
 public:
  SqliteUnderTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("queue-contract-" + Random::from_system().hex(8))) {
    SqliteQueue queue(folder_);
  }
  ~SqliteUnderTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Consumer> consumer() override {
    return std::make_unique<SqliteConsumer>(folder_, QueueBox::jobs, clock_);
  }
  std::unique_ptr<Consumer> dead_letters() override {
    return std::make_unique<SqliteConsumer>(folder_, QueueBox::dead, clock_);
  }
  std::unique_ptr<DeadLetters> letters() override {
    return std::make_unique<SqliteDeadLetters>(folder_);
  }
  std::unique_ptr<Publisher> publisher() override {
    return std::make_unique<SqlitePublisher>(folder_, clock_);
  }
  std::unique_ptr<QueueAdmin> admin() override {
    return std::make_unique<SqliteAdmin>(folder_, clock_);
  }
  bool counts_in_flight() const override { return true; }
  bool cut_connections() override { return false; }

 private:
  SystemClock clock_;
  std::filesystem::path folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, QueueContractTest,
                         testing::Values(QueueCase{
                             "Sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}),
                         name_of);

}  // namespace
}  // namespace holdfast
