// Runs the blocks of a docs page as a reader would, in a copy of the examples, against a broker
// and a store of the test services. Workers are killed in between, and each begins in a new folder
// that the next one does not see: only the store carries anything over.
#pragma once

#include <cstdint>

#include <gtest/gtest.h>

#include "docs/docs_page.h"
#include "fault/fleet_fixture.h"

namespace holdfast::test {

class PageFixture : public testing::Test {
 protected:
  explicit PageFixture(const std::string& page);

  // A block to its end; it must exit with 0.
  void run(const std::string& block);

  // How far the task has come, by the files in its checkpoint directory; grows.
  virtual std::int64_t progress(const std::filesystem::path& directory) const = 0;

  // Where the block "run" keeps its state, below folder().
  virtual std::string run_state() const = 0;

  // The block "run", killed `kills` times after it had got on, and then left to end.
  void run_with_kills(int kills);

  // The block "work": up to `kills` workers that are killed after their task had got on and that
  // had been stored, and one that completes the job. How many were killed.
  int work_with_kills(int kills);

  // Whether the test may take longer, to be worth more.
  static bool long_test();

  // Nothing on the page was left out.
  void expect_whole_page_used() { EXPECT_EQ(page_.unused(), std::set<std::string>{}); }

  std::filesystem::path folder() const { return fleet_.folder() / "page"; }
  // A result of the block "work", as the bucket has it.
  std::string result(const std::string& job, const std::string& file) const;

 private:
  // The block in a shell; its holdfast, if it is the last command, takes the shell's place.
  std::unique_ptr<Program> start(const std::string& block);
  // Waits until the task of `slot` has come further than any before it.
  [[nodiscard]] bool gets_on(Program& program, const std::filesystem::path& slot);

  DocsPage page_;
  Fleet fleet_{"HOLDFAST_TEST_AMQP_URL"};
  std::map<std::string, std::string> environment_;
  std::int64_t furthest_ = 0;
};

}  // namespace holdfast::test
