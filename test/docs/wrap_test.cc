// docs/wrap-any-program.md, command by command: a program that knows nothing of Holdfast.
#include <fstream>

#include "docs/page_fixture.h"

namespace holdfast::test {
namespace {

class WrapTest : public PageFixture {
 protected:
  WrapTest() : PageFixture("wrap-any-program.md") {}

  std::string run_state() const override { return "jobs.csv.holdfast"; }

  std::int64_t progress(const std::filesystem::path& directory) const override {
    std::int64_t step = 0;
    std::ifstream(directory / "restart.dat") >> step;
    return step;
  }
};

TEST_F(WrapTest, AnyProgramResumesAndItsResultsAreThose) {
  run("prepare");
  run_with_kills(2);
  run("compare");
  for (const char* block : {"here", "folder", "input", "terminal", "braces"}) run(block);
  run("submit");
  run("work");
  run("results");
  expect_whole_page_used();
}

}  // namespace
}  // namespace holdfast::test
