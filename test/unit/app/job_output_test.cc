#include "app/job_output.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(JobOutput, EachJobsLinesGoToItsOwnFileAndAreAdded) {
  const TemporaryFolder folder;
  {
    JobOutput output(folder.path());
    output.append("a | one | two");
    output.append("b | three");
    output.append("a | four");
    output.append("no job");
  }
  JobOutput(folder.path()).append("a | five");
  EXPECT_EQ(text_of(folder.path() / "a.log"), "one | two\nfour\nfive\n");
  EXPECT_EQ(text_of(folder.path() / "b.log"), "three\n");
}

TEST(JobOutput, AFileThatIsTooLongIsPutAside) {
  const TemporaryFolder folder;
  const std::string line = "a | " + std::string(1024 * 1024, 'x');
  JobOutput output(folder.path());
  for (int i = 0; i < 40; ++i) output.append(line);
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    size += entry.file_size();
  EXPECT_LE(size, 2 * JobOutput::kFileBytesMax + 2 * 1024 * 1024);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "a.log.old"));
}

}  // namespace
}  // namespace holdfast
