// A fleet of one's own inside the shared services: a queue and a prefix that no other test uses.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "core/record.h"
#include "ports/store.h"
#include "support/program.h"

namespace holdfast::test {

constexpr std::chrono::seconds kSoon{30};
constexpr std::chrono::seconds kLong{120};

class Fleet {
 public:
  // `broker`: the name of the variable with the broker's URL.
  explicit Fleet(const std::string& broker);
  ~Fleet();

  // What worker.env would hold.
  std::map<std::string, std::string> environment;
  const std::string& queue() const noexcept { return queue_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }

  // `holdfast WORDS...` in this fleet's environment.
  std::unique_ptr<Program> start(const std::vector<std::string>& words) const;
  // The same, to its end; fails the test if it does not exit with `code`. What it printed.
  std::string run(const std::vector<std::string>& words, int code = 0) const;

  // A worker of slow_sum with short steps and little patience; `more` go before the --.
  std::unique_ptr<Program> start_worker(const std::string& name,
                                        const std::vector<std::string>& more = {}) const;

  // The same for another program.
  std::unique_ptr<Program> start_worker_of(const std::string& name,
                                           const std::vector<std::string>& command,
                                           const std::vector<std::string>& more = {}) const;
  // How long these workers wait for an answer of a job's earlier owner.
  std::string patience = "2s";

  // Submits jobs named PREFIX-0, PREFIX-1, ... of `steps` steps each.
  void submit(const std::string& prefix, int count, int steps) const;

  // The bucket as a stranger reads it, below this fleet's prefix.
  Store& store() const { return *store_; }
  std::string object(const std::string& key) const;           // Empty if it is not there.
  std::vector<Record> records(const std::string& job) const;  // Its whole log, oldest first.

 private:
  std::string queue_;
  std::filesystem::path folder_;
  SystemClock clock_;
  std::unique_ptr<Store> bucket_;
  std::unique_ptr<Store> store_;
};

std::string sum_to(int steps);

// The two brokers, as a parameter.
inline const char* const kBrokers[] = {"HOLDFAST_TEST_AMQP_URL", "HOLDFAST_TEST_AMQP4_URL"};

}  // namespace holdfast::test
