// What src/ports/store.h promises, as tests that run on every store we have, the fake included. A
// store joins with INSTANTIATE_TEST_SUITE_P and a StoreCase.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "holdfast/error.h"
#include "ports/store.h"

namespace holdfast {

// One fresh, empty store with all that it borrows.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  virtual Store& store() = 0;
};

struct StoreCase {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const StoreCase& one) {
  return out << one.name;
}

inline std::string store_name(const testing::TestParamInfo<StoreCase>& info) {
  return info.param.name;
}

class StoreContractTest : public testing::TestWithParam<StoreCase> {
 protected:
  static constexpr std::uint64_t kPlenty = 1 << 20;
  static constexpr std::size_t kAll = 1'000'000;

  StoreContractTest() : under_test_(GetParam().make()), store_(under_test_->store()) {}

  TimePoint soon() const { return clock_.now() + std::chrono::seconds(60); }

  void put(const std::string& key, std::string_view bytes);
  std::optional<std::string> get(const std::string& key);
  CreateOutcome create(const std::string& key, std::string_view bytes);
  std::vector<std::string> keys(const std::string& prefix, const std::string& after,
                                std::size_t count_max);
  std::vector<std::string> folders(const std::string& after, std::size_t count_max);

  SystemClock clock_;
  std::unique_ptr<StoreUnderTest> under_test_;
  Store& store_;
};

// The kind of the Error that `call` throws; fails the test if it throws none.
template <typename Call>
ErrorKind kind_thrown_by(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no Error was thrown";
  return ErrorKind::corrupt;
}

}  // namespace holdfast
