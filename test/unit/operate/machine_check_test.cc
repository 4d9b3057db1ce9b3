// What is said about a machine, and how its facts are read.
#include "operate/machine_check.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "adapters/local/machine_examiner.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

MachineFacts good() {
  MachineFacts facts;
  facts.work_folder = "/var/tmp/holdfast";
  facts.work_bytes_free = 100 * kGibibyte;
  facts.reflinks = facts.hard_links = true;
  facts.memory_bytes = 16 * kGibibyte;
  facts.memory_bytes_available = 8 * kGibibyte;
  facts.open_files_max = 4096;
  facts.proc_mounted = true;
  return facts;
}

Verdict verdict_on(const MachineFacts& facts, const std::string& check) {
  const Findings findings = judge(facts);
  const auto found = std::ranges::find(findings, check, &Finding::check);
  EXPECT_NE(found, findings.end()) << check;
  if (found == findings.end()) return Verdict::ok;
  EXPECT_TRUE(found->verdict == Verdict::ok || !found->cure.empty()) << check;
  return found->verdict;
}

TEST(MachineCheckTest, AGoodMachineIsFine) {
  for (const Finding& finding : judge(good())) EXPECT_EQ(finding.verdict, Verdict::ok);
}

TEST(MachineCheckTest, EachWantIsFound) {
  MachineFacts facts = good();
  facts.work_folder_fault = "cannot write";
  EXPECT_EQ(verdict_on(facts, "machine.work_dir"), Verdict::bad);
  facts = good();
  facts.work_bytes_free = 5;
  EXPECT_EQ(verdict_on(facts, "machine.work_dir"), Verdict::warn);
  facts.reflinks = false;
  EXPECT_EQ(verdict_on(facts, "machine.snapshots"), Verdict::note);
  facts.hard_links = false;
  EXPECT_EQ(verdict_on(facts, "machine.snapshots"), Verdict::warn);
  facts.memory_bytes_allowed = 64 * 1024 * 1024;
  EXPECT_EQ(verdict_on(facts, "machine.memory"), Verdict::warn);
  facts.open_files_max = 256;
  EXPECT_EQ(verdict_on(facts, "machine.open_files"), Verdict::warn);
  facts.proc_mounted = false;
  EXPECT_EQ(verdict_on(facts, "machine.proc"), Verdict::bad);
}

class MemoryAllowedTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::optional<std::uint64_t> allowed() const {
    return memory_allowed(folder_.path() / "proc", folder_.path() / "cgroup");
  }

  TemporaryFolder folder_;
};

TEST_F(MemoryAllowedTest, TheSmallestLimitOnTheWayUpCounts) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("cgroup/a/b/memory.max", "max\n");
  EXPECT_FALSE(allowed());
  write("cgroup/a/memory.max", "2000000\n");
  EXPECT_EQ(allowed(), 2000000u);
  write("cgroup/a/b/memory.max", "1000000\n");
  EXPECT_EQ(allowed(), 1000000u);
}

TEST_F(MemoryAllowedTest, AContainerSeesItsOwnGroupAsTheRoot) {
  write("proc/self/cgroup", "0::/outside/of/us\n");
  write("cgroup/memory.max", "3000000\n");
  EXPECT_EQ(allowed(), 3000000u);
}

TEST_F(MemoryAllowedTest, TheFirstVersionIsReadToo) {
  write("proc/self/cgroup", "5:cpu,memory:/a\n1:name=systemd:/\n");
  write("cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(allowed());
  write("cgroup/memory/a/memory.limit_in_bytes", "4000000\n");
  EXPECT_EQ(allowed(), 4000000u);
}

TEST(MachineExaminerTest, ThisMachineIsDescribedAndNothingIsLeft) {
  const TemporaryFolder folder;
  const auto work = folder.path() / "new" / "work";
  const MachineFacts facts = examine_machine(work);
  EXPECT_EQ(facts.work_folder_fault, "");
  EXPECT_GT(facts.work_bytes_free, 0u);
  EXPECT_GT(facts.memory_bytes, facts.memory_bytes_available);
  EXPECT_GT(facts.memory_bytes_available, 0u);
  EXPECT_GT(facts.open_files_max, 0u);
  EXPECT_TRUE(facts.proc_mounted);
  EXPECT_TRUE(std::filesystem::is_empty(work));
}

TEST(MachineExaminerTest, AFolderThatCannotBeIsAFact) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_NE(examine_machine(folder.path() / "file" / "below").work_folder_fault, "");
}

}  // namespace
}  // namespace holdfast
