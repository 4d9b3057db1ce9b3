// Between two jobs the machine is clean: no file and no process of the first is there for the
// second, also when the first one's worker was killed.
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "integration/cli_embedded.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

// Leaves files where it can, one of them where nobody may write, and a daemon outside of its own
// group and session, whose number it tells.
constexpr const char* kMessy = R"(
  mkdir locked && echo left > locked/file && chmod 0500 locked
  echo left > left
  echo left > "$HOLDFAST_OUTPUT_DIR/left"
  (setsid sh -c 'trap "" TERM HUP; echo $$ > PIDFILE; exec sleep 600' &) >/dev/null
  while [ ! -s PIDFILE ]; do :; done
)";
// Says what it finds.
constexpr const char* kClean = R"(
  echo "found: [$(ls -A . "$HOLDFAST_OUTPUT_DIR" ../snapshots | grep -v :$ | tr -d '\n')]"
  echo "resumed: $HOLDFAST_RESUMED"
)";

class CliCleanTest : public CliEmbeddedTest {
 protected:
  std::string messy(const std::string& then) const {
    std::string script = kMessy;
    for (std::size_t at = 0; (at = script.find("PIDFILE")) != std::string::npos;) {
      script.replace(at, 7, path("pid"));
    }
    return script + then;
  }

  bool daemon_lives() const {
    const std::string pid = read(path("pid"));
    return !pid.empty() && ::kill(std::stoi(pid), 0) == 0;
  }

  // A killed process tells nobody when the system is done with it.
  bool daemon_is_gone_soon() const {
    const auto until = std::chrono::steady_clock::now() + kEventTime;
    while (daemon_lives() && std::chrono::steady_clock::now() < until) shell("sleep 0.02", 0);
    return !daemon_lives();
  }

  void expect_clean(const std::string& output) const {
    EXPECT_TRUE(contains(output, "| found: []\n")) << output;
    EXPECT_TRUE(contains(output, "| resumed: 0\n")) << output;
  }
};

TEST_F(CliCleanTest, WhatAJobLeavesIsNotThereForTheNext) {
  submit("job_id,nth\na,1\nb,2\n");
  const std::string script = "if [ $1 = 1 ]; then\n" + messy("") + "\nelse\n" + kClean + "\nfi";
  const std::string output = run(work({}, {"/bin/sh", "-c", script, "sh", "{nth}"}), 0);
  EXPECT_FALSE(daemon_lives());
  expect_clean(output);
}

TEST_F(CliCleanTest, WhatAKilledWorkerLeftIsNotThereForTheNext) {
  const Words folder{"--work-dir", path("work"), "--checkpoint-every", "100ms"};
  submit("job_id\na\n");
  const auto killed = start(work_script(folder, messy("echo ready; exec sleep 600")));
  // What does not change is stored once.
  ASSERT_TRUE(killed->says("ready", kEventTime)) << killed->output();
  ASSERT_TRUE(killed->says("generation=1", kEventTime)) << killed->output();
  EXPECT_TRUE(daemon_lives());
  killed->kill();
  EXPECT_TRUE(daemon_is_gone_soon());

  submit("job_id\nb\n", "other");
  expect_clean(run(work_script(folder, kClean, "other"), 0));
}

TEST_F(CliCleanTest, AStopEndsADaemonThatIgnoresItOnceTheGraceIsOver) {
  submit("job_id\na\n");
  const auto worker = start(work_script({"--grace", "200ms"}, messy("echo ready; exec sleep 600")));
  ASSERT_TRUE(worker->says("ready", kEventTime)) << worker->output();
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->ends(kEventTime), 0) << worker->output();
  EXPECT_FALSE(daemon_lives());
  EXPECT_TRUE(contains(status("a"), R"("ending":"interrupted")"));
  EXPECT_TRUE(contains(status("a"), R"("generation":1)")) << "no last checkpoint was taken";
}

}  // namespace
}  // namespace holdfast::test
