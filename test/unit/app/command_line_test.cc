#include "app/command_line.h"

#include <gtest/gtest.h>

#include "app/usage_error.h"

namespace holdfast {
namespace {

using Words = std::vector<std::string>;

std::string mistake(const Words& words) {
  try {
    static_cast<void>(parse_command_line(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

template <typename Options>
Options parsed(const Words& words) {
  return std::get<Options>(parse_command_line(words));
}

std::string text(const Words& words) {
  return parsed<TextWanted>(words).text;
}

TEST(CommandLine, WhatIsBehindTheDashesIsTheProgramsAlone) {
  const auto run = parsed<RunOptions>(
      {"run", "jobs.csv", "--slots", "2", "--", "./sim", "--slots", "9", "--", "-h", "{steps}"});
  EXPECT_EQ(run.jobs, "jobs.csv");
  EXPECT_EQ(run.slots, 2u);
  EXPECT_EQ(run.task.command, (Words{"./sim", "--slots", "9", "--", "-h", "{steps}"}));
}

TEST(CommandLine, AMissingProgramOrMissingDashesAreExplained) {
  for (const Words& words :
       {Words{"run", "jobs.csv"}, Words{"run", "jobs.csv", "--"}, Words{"run", "jobs.csv", "./sim"},
        Words{"work"}, Words{"work", "./sim"}}) {
    EXPECT_NE(mistake(words).find("-- PROGRAM"), std::string::npos) << mistake(words);
  }
  EXPECT_NE(mistake({"status", "--", "x"}), "");
}

TEST(CommandLine, AnUnknownCommandNamesTheKnownOnes) {
  const std::string what = mistake({"wrok", "--", "./sim"});
  EXPECT_NE(what.find("'wrok'"), std::string::npos) << what;
  EXPECT_NE(what.find("work"), std::string::npos) << what;
}

TEST(CommandLine, HelpTeachesAndEachCommandHasItsOwn) {
  EXPECT_EQ(text({}), text({"--help"}));
  for (const char* command :
       {"run", "setup", "submit", "work", "status", "checkpoint", "autoscale", "deploy", "fleet"}) {
    EXPECT_NE(text({}).find("holdfast " + std::string(command)), std::string::npos) << command;
    const std::string help = text({command, "--help"});
    EXPECT_NE(help.find("Usage: holdfast " + std::string(command)), std::string::npos) << help;
    EXPECT_NE(help.find("Example"), std::string::npos) << help;
    EXPECT_NE(help.find("Exit code"), std::string::npos) << help;
  }
}

TEST(CommandLine, TheVersionIsSaidInBothWays) {
  EXPECT_EQ(text({"version"}), text({"--version"}));
  EXPECT_EQ(text({"version"}).rfind("holdfast ", 0), 0u);
}

TEST(CommandLine, DurationsAndCountsAreChecked) {
  const auto work = parsed<WorkOptions>({"work", "--grace", "5s", "--patience", "2m",
                                         "--checkpoint-every", "0", "--keep", "3", "--", "x"});
  EXPECT_EQ(work.task.grace, Duration(5s));
  EXPECT_EQ(work.patience, Duration(2min));
  EXPECT_EQ(work.task.checkpoint_every, Duration::zero());
  EXPECT_EQ(work.task.checkpoints_kept, 3u);
  EXPECT_EQ(work.task.checkpoint_pause, std::nullopt);
  EXPECT_NE(mistake({"work", "--grace", "5", "--", "x"}).find("--grace"), std::string::npos);
  EXPECT_NE(mistake({"run", "j", "--slots", "0", "--", "x"}), "");
  EXPECT_NE(mistake({"run", "j", "--slots", "many", "--", "x"}), "");
  EXPECT_NE(mistake({"work", "--keep", "0", "--", "x"}), "");
  EXPECT_NE(mistake({"work", "--log-level", "loud", "--", "x"}), "");
}

TEST(CommandLine, PlacesAreKeptAsFlags) {
  const auto status = parsed<StatusOptions>(
      {"status", "job-1", "--queue", "sqlite:q", "--store", "file:s", "--env-file", "e", "--json"});
  EXPECT_EQ(status.job, "job-1");
  EXPECT_TRUE(status.json);
  EXPECT_EQ(status.place.flags.at("--queue"), "sqlite:q");
  EXPECT_EQ(status.place.flags.at("--store"), "file:s");
  EXPECT_EQ(status.place.env_file, "e");
}

}  // namespace
}  // namespace holdfast
