#include "docs/page_fixture.h"

#include <cstdlib>
#include <fstream>

#include "base/file.h"

namespace holdfast::test {

namespace fs = std::filesystem;

PageFixture::PageFixture(const std::string& page) : page_(page) {
  fs::create_directories(folder() / "bin");
  fs::create_symlink(from_services("HOLDFAST_TEST_PROGRAM"), folder() / "bin" / "holdfast");
  fs::copy(std::string(SOURCE_FOLDER) + "/examples", folder() / "examples",
           fs::copy_options::recursive);
  std::string lines = "HOLDFAST_STORE=s3://" + fleet_.environment.at("R2_BUCKET_NAME") + "/" +
                      fleet_.queue() + "\n";
  for (const auto& [name, value] : fleet_.environment) {
    const bool ours = name.starts_with("AMQP") || name.starts_with("R2_") || name == "JOB_QUEUE";
    if (ours) lines += name + "=" + value + "\n";
  }
  replace_file(folder() / "worker.env", lines);
  environment_ = {{"PATH", (folder() / "bin").string() + ":/usr/bin:/bin"},
                  {"HOME", fleet_.folder().string()}};
}

std::unique_ptr<Program> PageFixture::start(const std::string& block) {
  const std::string prelude = "set -e\ncd '" + folder().string() + "'\nholdfast() { exec '" +
                              (folder() / "bin" / "holdfast").string() + "' \"$@\"; }\n";
  return std::make_unique<Program>(
      std::vector<std::string>{"/bin/sh", "-c", prelude + page_.block(block)}, environment_);
}

void PageFixture::run(const std::string& block) {
  const std::string prelude = "set -e\ncd '" + folder().string() + "'\n";
  Program program({"/bin/sh", "-c", prelude + page_.block(block)}, environment_);
  EXPECT_EQ(program.ends(kLong), 0) << block << ": " << program.output();
}

void PageFixture::run_with_kills(int kills) {
  for (int kill = 0; kill < kills; ++kill) {
    const auto killed = start("run");
    ASSERT_TRUE(killed->says("checkpoint stored", kSoon)) << killed->output();
    killed->kill();
  }
  const auto last = start("run");
  EXPECT_EQ(last->ends(kLong), 0) << last->output();
}

void PageFixture::work_with_kills(int kills) {
  for (int kill = 0; kill <= kills; ++kill) {
    const fs::path scratch = fleet_.folder() / ("scratch-" + std::to_string(kill));
    environment_["SCRATCH"] = scratch.string();
    const auto worker = start("work");
    if (kill < kills) {
      ASSERT_TRUE(worker->says("checkpoint committed", kLong))
          << "killed " << kill << " times: " << worker->output();
      worker->kill();
      EXPECT_EQ(worker->output().find("job completed"), std::string::npos)
          << "the case is too short for " << kills << " kills";
    } else {
      ASSERT_TRUE(worker->says("job completed", kLong)) << worker->output();
      EXPECT_NE(worker->output().find("checkpoint restored"), std::string::npos);
    }
    remove_tree(scratch);
  }
}

bool PageFixture::long_test() {
  return std::getenv("HOLDFAST_TEST_LONG") != nullptr;
}

std::string PageFixture::result(const std::string& job, const std::string& file) const {
  return fleet_.object(fleet_.queue() + "/" + job + "/" + file);
}

}  // namespace holdfast::test
