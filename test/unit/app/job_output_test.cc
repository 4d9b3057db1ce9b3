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

TEST(JobOutput, WhatEachJobPrintsGoesToItsOwnFileAndIsAdded) {
  const TemporaryFolder folder;
  JobOutput output(folder.path());
  output.append("before any job");
  output.begin("a");
  output.append("one | ");
  output.append("two\n");
  output.begin("b");
  output.append("three\n");
  output.begin("a");
  output.append("four\n");
  output.begin("silent");
  EXPECT_EQ(text_of(folder.path() / "a.log"), "one | two\nfour\n");
  EXPECT_EQ(text_of(folder.path() / "b.log"), "three\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "silent.log"));
}

TEST(JobOutput, TheFilesOfAJobStayBoundedAndSayWhereTheRestIs) {
  const TemporaryFolder folder;
  const std::string piece(1024 * 1024, 'x');
  JobOutput output(folder.path());
  for (int attempt = 0; attempt < 3; ++attempt) {
    output.begin("a");
    for (int i = 0; i < 40; ++i) output.append(piece);
  }
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    size += entry.file_size();
  EXPECT_LE(size, 2 * JobOutput::kFileBytesMax + 3 * piece.size());
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "a.log.old"));
  EXPECT_NE(text_of(folder.path() / "a.log").find("holdfast logs a]"), std::string::npos);
}

}  // namespace
}  // namespace holdfast
