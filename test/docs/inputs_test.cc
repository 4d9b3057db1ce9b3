// docs/inputs.md, command by command.
#include "base/file.h"
#include "docs/page_fixture.h"

namespace holdfast::test {
namespace {

class InputsPageTest : public PageFixture {
 protected:
  InputsPageTest() : PageFixture("inputs.md") {
    make_folders(folder() / "inputs");
    replace_file(folder() / "jobs.csv", "job_id\na\nb\n");
    replace_file(folder() / "inputs" / "a.txt", "text of a\n");
    replace_file(folder() / "inputs" / "b.txt", "text of b\n");
    replace_file(folder() / "model.bin", "the model\n");
  }

  std::string run_state() const override { return "jobs.csv.holdfast"; }
  std::int64_t progress(const std::filesystem::path&) const override { return 0; }
};

TEST_F(InputsPageTest, EachJobGetsItsOwnFileAndAllGetTheModel) {
  run("submit");
  run("work");
  run("run");
  for (const std::string job : {"a", "b"}) {
    const std::string wanted = "text of " + job + "\nthe model\n";
    EXPECT_EQ(result(job, "out"), wanted);
    EXPECT_EQ(read_file(folder() / run_state() / "store" / job / "out", 1000), wanted);
  }
  expect_whole_page_used();
}

}  // namespace
}  // namespace holdfast::test
