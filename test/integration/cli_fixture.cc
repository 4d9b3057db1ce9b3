#include "integration/cli_fixture.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace holdfast::test {

std::string program_path() {
  // ./dev test names the released program; alone, the one of the same build does.
  const char* given = std::getenv("HOLDFAST_TEST_PROGRAM");
  return given != nullptr ? given : HOLDFAST_PROGRAM;
}

CliTest::CliTest()
    : environment_{{"PATH", "/usr/bin:/bin"},
                   {"HOLDFAST", program_path()},
                   {"TMPDIR", folder_.path().string()}} {}

std::unique_ptr<Program> CliTest::start(const Words& words) const {
  Words arguments{program_path()};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return std::make_unique<Program>(arguments, environment_);
}

std::string CliTest::run(const Words& words, int code) const {
  const auto program = start(words);
  const int ended = program->ends(kCommandTime);
  EXPECT_EQ(ended, code) << program->output();
  return program->output();
}

std::string CliTest::shell(const std::string& line, int code) const {
  Program program({"/bin/sh", "-c", line}, environment_);
  const int ended = program.ends(kCommandTime);
  EXPECT_EQ(ended, code) << line << "\n" << program.output();
  return program.output();
}

std::string CliTest::write(const std::string& name, std::string_view text) const {
  const std::string file = path(name);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  return file;
}

std::string CliTest::read(const std::filesystem::path& file) const {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string CliTest::write_list(const std::string& name, const std::string& prefix, int count,
                                int steps) const {
  std::string text = "job_id,steps\n";
  for (int i = 0; i < count; ++i) {
    text += prefix + "-" + std::to_string(i) + "," + std::to_string(steps) + "\n";
  }
  return write(name, text);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string sum_to(int steps) {
  return std::to_string(steps * (steps + 1) / 2);
}

}  // namespace holdfast::test
