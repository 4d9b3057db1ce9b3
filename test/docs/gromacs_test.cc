// docs/gromacs.md, command by command: a simulation whose workers are killed again and again ends
// with the files of one that was left alone.
#include <sys/stat.h>

#include "base/file.h"
#include "docs/page_fixture.h"

namespace holdfast::test {
namespace {

constexpr std::uint64_t kFileBytesMax = 64 * 1024 * 1024;

class GromacsTest : public PageFixture {
 protected:
  GromacsTest() : PageFixture("gromacs.md") {}

  std::filesystem::path water() const { return folder() / "examples" / "gromacs"; }

  std::string run_state() const override { return "examples/gromacs/jobs.csv.holdfast"; }

  // When mdrun wrote its checkpoint; the restored one is as old as it was.
  std::int64_t progress(const std::filesystem::path& directory) const override {
    struct stat status {};
    if (::stat((directory / "md.cpt").c_str(), &status) != 0) return 0;
    return status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
  }

  // How often mdrun went on from its checkpoint, as its own log has it.
  int restarts() const {
    const std::string kSaid = "Restarting from checkpoint";
    const std::string log = result("water", "md.log");
    int count = 0;
    for (std::size_t at = log.find(kSaid); at != std::string::npos; at = log.find(kSaid, at + 1)) {
      ++count;
    }
    return count;
  }

  // Ten times the steps.
  void lengthen() const {
    std::string settings = *read_file(water() / "water.mdp", kFileBytesMax);
    const std::string usual = "= 20000\n";
    settings.replace(settings.find(usual), usual.size(), "= 200000\n");
    replace_file(water() / "water.mdp", settings);
  }
};

TEST_F(GromacsTest, ASimulationWhoseWorkersAreKilledEndsBitForBitAsOneLeftAlone) {
  if (long_test()) lengthen();
  run("prepare");
  run_with_kills(long_test() ? 10 : 2);
  run("compare");  // Makes the plain run, and compares what `holdfast run` left with it.

  run("submit");
  const int killed = work_with_kills(long_test() ? 30 : 5);
  for (const char* ending : {"xtc", "trr", "edr", "gro"}) {
    SCOPED_TRACE(ending);
    const auto plain = read_file(water() / ("plain." + std::string(ending)), kFileBytesMax);
    ASSERT_TRUE(plain && !plain->empty());
    EXPECT_TRUE(result("water", "md." + std::string(ending)) == *plain);
  }
  EXPECT_GE(restarts(), killed) << "it began anew instead of going on";
  expect_whole_page_used();
}

}  // namespace
}  // namespace holdfast::test
