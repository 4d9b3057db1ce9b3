// A fleet by a program of the user's: real programs, as a person would write them.
#include "adapters/command_fleet/command_fleet.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/child/child_output.h"
#include "adapters/local/system_clock.h"
#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class CommandFleetTest : public testing::Test {
 protected:
  std::vector<std::string> program(const std::string& body) {
    const auto file = folder_.path() / "fleet";
    std::ofstream(file) << "#!/bin/sh\ncd " << folder_.path().string() << "\n" << body;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return {file};
  }

  std::string read(const std::string& name) {
    std::ifstream in(folder_.path() / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TimePoint soon() const { return clock_.now() + 20s; }

  TemporaryFolder folder_;
  SystemClock clock_;
};

constexpr const char* kFleet = R"(
case $1 in
  get)
    echo size=$(cat size)
    echo protect=yes
    echo instance=a running 0
    echo instance=b running 1000
    echo instance=c creating
    ;;
  set) echo $2 > size ;;
  protect) echo "$2 $3" >> protected ;;
esac
)";

TEST_F(CommandFleetTest, IsReadResizedAndStopped) {
  CommandFleet fleet(program(kFleet), clock_);
  fleet.resize(3, soon());
  const FleetReading reading = fleet.read(soon());
  EXPECT_EQ(reading.status, FleetStatus::running);
  EXPECT_EQ(reading.wanted, 3u);
  EXPECT_EQ(reading.running, 2u);
  EXPECT_EQ(reading.starting, 1u);
  EXPECT_EQ(reading.shielded, 1u);
  fleet.stop(soon());
  EXPECT_EQ(read("size"), "0\n");
  EXPECT_EQ(fleet.read(soon()).status, FleetStatus::stopped);
}

TEST_F(CommandFleetTest, ProtectsTheBusyOnesAndOnlyWhereThatChangesSomething) {
  CommandFleet fleet(program(kFleet), clock_);
  fleet.resize(3, soon());
  EXPECT_EQ(fleet.shield(), nullptr);  // Not known yet.
  fleet.read(soon());
  ASSERT_NE(fleet.shield(), nullptr);
  EXPECT_EQ(fleet.shield()->covers({"a", "somewhere-else"}), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "protected"));
  fleet.shield()->apply({"a", "somewhere-else"}, soon());
  EXPECT_EQ(read("protected"), "a 1000\nb 0\n");
  fleet.shield()->apply({"a"}, soon());
  EXPECT_EQ(read("protected"), "a 1000\nb 0\n");
}

TEST_F(CommandFleetTest, WithoutProtectionNobodyKnowsWhoIsShielded) {
  CommandFleet fleet(program("echo size=4\necho instance=a running\n"), clock_);
  EXPECT_EQ(fleet.read(soon()).shielded, std::nullopt);
  EXPECT_EQ(fleet.shield(), nullptr);
}

ErrorKind kind_of(CommandFleet& fleet, TimePoint deadline, std::string& text) {
  try {
    fleet.read(deadline);
  } catch (const Error& error) {
    text = error.what();
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::corrupt;
}

TEST_F(CommandFleetTest, AProgramThatFailsSaysWhy) {
  std::string text;
  CommandFleet later(program("echo no answer >&2; exit 75"), clock_);
  EXPECT_EQ(kind_of(later, soon(), text), ErrorKind::unavailable);
  EXPECT_THAT(text, HasSubstr("no answer"));
  CommandFleet never(program("echo no right >&2; exit 1"), clock_);
  EXPECT_EQ(kind_of(never, soon(), text), ErrorKind::rejected);
  CommandFleet nothing(program("exit 0"), clock_);
  EXPECT_EQ(kind_of(nothing, soon(), text), ErrorKind::rejected);
  EXPECT_THAT(text, HasSubstr("size=N"));
  CommandFleet words(program("echo size=many"), clock_);
  EXPECT_EQ(kind_of(words, soon(), text), ErrorKind::rejected);
  CommandFleet absent({folder_.path() / "nothing"}, clock_);
  EXPECT_EQ(kind_of(absent, soon(), text), ErrorKind::machine);
}

// The example for Kubernetes with a stand-in for kubectl, which answers as kubectl does.
class KubernetesTest : public CommandFleetTest {
 protected:
  std::vector<std::string> example(const std::string& kubectl) {
    const auto bin = folder_.path() / "kubectl";
    std::ofstream(bin) << "#!/bin/sh\ncd " << folder_.path().string() << kubectl;
    std::filesystem::permissions(bin, std::filesystem::perms::owner_all);
    return program("export DEPLOYMENT=workers PATH=" + folder_.path().string() +
                   ":$PATH\nexec " KUBERNETES_FLEET " \"$@\"\n");
  }
};

TEST_F(KubernetesTest, TheExampleSpeaksAsItShould) {
  CommandFleet fleet(example(R"(
case "$1 $2" in
  "get deployment") echo 3 ;;
  "get pods")
    printf 'pod-a|Running||\npod-b|Running||1000\n'
    printf 'pod-c|Pending||\npod-d|Running|now|\n'
    ;;
  *) echo "$@" >> calls ;;
esac
)"),
                     clock_);
  const FleetReading reading = fleet.read(soon());
  EXPECT_EQ(reading.wanted, 3u);
  EXPECT_EQ(reading.running, 2u);
  EXPECT_EQ(reading.starting, 1u);
  EXPECT_EQ(reading.stopping, 1u);
  EXPECT_EQ(reading.shielded, 1u);
  fleet.resize(2, soon());
  ASSERT_NE(fleet.shield(), nullptr);
  fleet.shield()->apply({"pod-a"}, soon());
  EXPECT_EQ(read("calls"),
            "scale deployment workers --replicas 2\n"
            "annotate pod pod-a --overwrite controller.kubernetes.io/pod-deletion-cost=1000\n"
            "annotate pod pod-b --overwrite controller.kubernetes.io/pod-deletion-cost=0\n");
}

TEST_F(KubernetesTest, WhatKubectlCannotTellFailsAndIsNotNothing) {
  for (const char* fails : {"deployment", "pods"}) {
    const std::string what = fails;
    CommandFleet fleet(example("\nif [ $2 = " + what + " ]; then echo refused >&2; exit 1; fi\n" +
                               "[ $2 = pods ] || echo 3\n"),
                       clock_);
    std::string text;
    kind_of(fleet, soon(), text);
    EXPECT_THAT(text, HasSubstr("refused")) << what;
  }
}

TEST_F(KubernetesTest, ADeploymentWithoutPodsIsAFleetThatIsOff) {
  CommandFleet fleet(example("\n[ $2 = pods ] || echo 0\n"), clock_);
  EXPECT_EQ(fleet.read(soon()).status, FleetStatus::stopped);
  EXPECT_TRUE(fleet.instances(soon()).empty());
}

TEST_F(CommandFleetTest, AProgramThatHangsIsKilledAtTheDeadline) {
  std::string text;
  for (const char* hang : {"sleep 60", "exec >&- 2>&-; sleep 60"}) {
    CommandFleet fleet(program(hang), clock_);
    const TimePoint begin = clock_.now();
    EXPECT_EQ(kind_of(fleet, begin + 300ms, text), ErrorKind::unavailable) << hang;
    EXPECT_LT(clock_.now() - begin, 10s) << hang;
  }
}

TEST(CommandFleetTextTest, LinesThatNobodyKnowsAreRefused) {
  EXPECT_EQ(parse_command_fleet("size=2\n\ninstance=x stopping 7\n").instances[0].deletion_cost,
            7u);
  for (const char* text : {"size=2\nhello", "size=2\ncolor=red", "size=2\ninstance=x dancing",
                           "size=2\ninstance=x running 1 2", "size=2\ninstance=x running -1",
                           "size=-2", "size=2x", "size=2\nprotect=maybe", ""}) {
    EXPECT_THROW(parse_command_fleet(text), Error) << text;
  }
}

}  // namespace
}  // namespace holdfast::test
