// docs/gromacs.md, command by command: a simulation whose workers are killed again and again ends
// with the files of one that was left alone.
#include "base/file.h"
#include "docs/page_fixture.h"

namespace holdfast::test {
namespace {

constexpr std::uint64_t kFileBytesMax = 64 * 1024 * 1024;

class GromacsTest : public PageFixture {
 protected:
  GromacsTest() : PageFixture("gromacs.md") {}

  std::filesystem::path water() const { return folder() / "examples" / "gromacs"; }

  // Ten times the steps.
  void lengthen() const {
    std::string settings = *read_file(water() / "water.mdp", kFileBytesMax);
    const std::string usual = "= 15000\n";
    settings.replace(settings.find(usual), usual.size(), "= 150000\n");
    replace_file(water() / "water.mdp", settings);
  }
};

TEST_F(GromacsTest, ASimulationWhoseWorkersAreKilledEndsBitForBitAsOneLeftAlone) {
  if (long_test()) lengthen();
  run("prepare");
  run_with_kills(long_test() ? 10 : 2);
  run("compare");  // Makes the plain run, and compares what `holdfast run` left with it.

  run("submit");
  work_with_kills(long_test() ? 30 : 5);
  for (const char* ending : {"xtc", "trr", "edr", "gro"}) {
    SCOPED_TRACE(ending);
    const auto plain = read_file(water() / ("plain." + std::string(ending)), kFileBytesMax);
    ASSERT_TRUE(plain && !plain->empty());
    EXPECT_TRUE(result("water", "md." + std::string(ending)) == *plain);
  }
  expect_whole_page_used();
}

}  // namespace
}  // namespace holdfast::test
