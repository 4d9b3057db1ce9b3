#include "docs/page_fixture.h"

#include <cstdlib>
#include <fstream>

#include "base/file.h"

namespace holdfast::test {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kLook{10};
// Real programs, on a machine that may be busy with other tests.
constexpr std::chrono::minutes kBlock{5};

// As the worker logged it last.
int newest_generation(const std::string& output) {
  const std::string kName = " generation=";
  const std::size_t at = output.rfind(kName);
  return at == std::string::npos ? 0 : std::atoi(output.c_str() + at + kName.size());
}

bool completed(const Program& worker) {
  return worker.output().find("job completed") != std::string::npos;
}

}  // namespace

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
  EXPECT_EQ(program.ends(kBlock), 0) << block << ": " << program.output();
}

bool PageFixture::gets_on(Program& program, const fs::path& slot) {
  const auto until = std::chrono::steady_clock::now() + kBlock;
  while (std::chrono::steady_clock::now() < until) {
    std::error_code gone;  // Each attempt has a folder of its own, which comes and goes.
    for (fs::directory_iterator attempt(slot, gone), end; !gone && attempt != end;
         attempt.increment(gone)) {
      if (!fs::is_directory(attempt->path() / "checkpoint", gone)) continue;
      const std::int64_t now = progress(attempt->path() / "checkpoint");
      if (now <= furthest_) continue;
      furthest_ = now;
      return true;
    }
    if (program.ends(kLook) != -1 || completed(program)) return false;
  }
  return false;
}

void PageFixture::run_with_kills(int kills) {
  for (int kill = 0; kill < kills; ++kill) {
    const auto killed = start("run");
    ASSERT_TRUE(gets_on(*killed, folder() / run_state() / "work" / "1")) << killed->output();
    killed->kill();
  }
  const auto last = start("run");
  EXPECT_EQ(last->ends(kBlock), 0) << last->output();
  furthest_ = 0;
}

int PageFixture::work_with_kills(int kills) {
  int killed = 0;
  for (int begun = 0;; ++begun) {
    SCOPED_TRACE("killed " + std::to_string(killed) + " times");
    const fs::path scratch = fleet_.folder() / ("scratch-" + std::to_string(begun));
    environment_["SCRATCH"] = scratch.string();
    const auto worker = start("work");
    if (killed < kills && gets_on(*worker, scratch / "job")) {
      // The snapshot that is under way may be older; the one after it is not. On a machine that
      // stores slowly the job may be completed before that.
      const int wanted = newest_generation(worker->output()) + 2;
      const auto until = std::chrono::steady_clock::now() + kBlock;
      while (newest_generation(worker->output()) < wanted && !completed(*worker) &&
             std::chrono::steady_clock::now() < until && worker->ends(kLook) == -1) {
      }
      worker->kill();
      if (!completed(*worker)) {
        EXPECT_GE(newest_generation(worker->output()), wanted) << worker->output();
        ++killed;
      }
    } else {
      EXPECT_TRUE(worker->says("job completed", kBlock)) << worker->output();
    }
    if (testing::Test::HasFailure()) return killed;
    if (completed(*worker)) {
      EXPECT_NE(worker->output().find("checkpoint restored"), std::string::npos);
      EXPECT_GT(killed, 0) << "the case is too short for a kill";
      return killed;
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
