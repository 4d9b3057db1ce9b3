// The built program, as a person runs it: words in, text and an exit code out.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"
#include "support/program.h"

namespace holdfast::test {

// The machine may be busy; these only end a test that hangs.
inline constexpr std::chrono::milliseconds kCommandTime = std::chrono::seconds(120);
inline constexpr std::chrono::milliseconds kEventTime = std::chrono::seconds(60);

class CliTest : public testing::Test {
 protected:
  using Words = std::vector<std::string>;

  CliTest();

  // Starts `holdfast WORDS`.
  std::unique_ptr<Program> start(const Words& words) const;

  // Runs it to its end, which must be `code`; what it printed.
  std::string run(const Words& words, int code) const;

  // As run(), for a line of shell in which $HOLDFAST is the program.
  std::string shell(const std::string& line, int code) const;

  // Writes a file into the test's folder; its path.
  std::string write(const std::string& name, std::string_view text) const;
  std::string read(const std::filesystem::path& file) const;

  // A list of `count` jobs PREFIX-0, PREFIX-1, ... of `steps` steps; its path.
  std::string write_list(const std::string& name, const std::string& prefix, int count,
                         int steps) const;

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
};

// The program's own path.
std::string program_path();

bool contains(const std::string& text, const std::string& part);

// 1 + 2 + ... + steps, as slow_sum writes it.
std::string sum_to(int steps);

}  // namespace holdfast::test
