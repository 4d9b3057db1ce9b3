#include "app/run_hints.h"

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "base/file.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

class RunHintsTest : public testing::Test {
 protected:
  RunHints hints(std::size_t slots, const std::filesystem::path& directory) const {
    return {directory, slots, SystemClock().wall(), {folder_.path() / "list.csv"}};
  }
  void write(const std::string& name) const { replace_file(folder_.path() / name, "x"); }

  const TemporaryFolder folder_;
};

TEST_F(RunHintsTest, AResultThatNobodyKeepsIsToldOfOnce) {
  RunHints hints = this->hints(1, folder_.path());
  write("list.csv");
  write(".hidden");
  EXPECT_EQ(hints.completed("a", true), "");
  write("model.pt");
  EXPECT_EQ(hints.completed("a", false), "");  // It left its result where it should.
  const std::string text = hints.completed("b", true);
  EXPECT_NE(text.find("while b ran, model.pt was written"), std::string::npos) << text;
  EXPECT_NE(text.find("{output_dir}"), std::string::npos) << text;
  EXPECT_EQ(text.find("overwrite"), std::string::npos) << text;
  EXPECT_EQ(hints.completed("c", true), "");
}

TEST_F(RunHintsTest, JobsThatRunAtTheSameTimeOverwriteEachOther) {
  RunHints hints = this->hints(4, folder_.path());
  write("model.pt");
  EXPECT_NE(hints.completed("a", false).find("4 jobs at a time overwrite"), std::string::npos);
}

TEST_F(RunHintsTest, WhatWasThereBeforeAndProgramsInFoldersOfTheirOwnAreNotTheMatter) {
  write("old");
  const WallTime later = SystemClock().wall() + std::chrono::hours(1);
  EXPECT_EQ(RunHints(folder_.path(), 4, later, {}).completed("a", true), "");
  EXPECT_EQ(hints(4, "").completed("a", true), "");
}

}  // namespace
}  // namespace holdfast
