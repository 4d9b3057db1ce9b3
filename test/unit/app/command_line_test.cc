#include "app/command_line.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "app/command_line/completion.h"
#include "app/command_line/definition.h"
#include "app/command_line/help_text.h"
#include "app/usage_error.h"

namespace holdfast {
namespace {

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
  EXPECT_EQ(run.jobs.list, "jobs.csv");
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

// Every command and inner command with its path.
void for_each_command(const std::vector<Command>& commands, const Words& above,
                      const std::function<void(const Command&, const Words&)>& visit) {
  for (const Command& command : commands) {
    Words path = above;
    path.push_back(command.name);
    visit(command, path);
    for_each_command(command.inner, path, visit);
  }
}

Words with(Words words, const std::string& last) {
  words.push_back(last);
  return words;
}

std::size_t widest_line(const std::string& all) {
  std::size_t widest = 0;
  std::size_t columns = 0;
  for (const char c : all) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    columns = c == '\n' ? 0 : columns + (continues ? 0 : 1);
    widest = std::max(widest, columns);
  }
  return widest;
}

TEST(CommandLine, HelpTeachesWithinAScreensWidthAndEachCommandHasItsOwn) {
  EXPECT_EQ(text({}), text({"--help"}));
  EXPECT_EQ(text({}), text({"help"}));
  EXPECT_LE(widest_line(text({})), kScreenColumns);
  for_each_command(all_commands(), {}, [](const Command& command, const Words& path) {
    if (path.size() == 1) {
      EXPECT_NE(text({}).find("\n  " + command.name + " "), std::string::npos);
    }
    const std::string help = text(with(path, "--help"));
    std::string name = "Usage: holdfast";
    Words full = {"help"};
    for (const std::string& word : path) {
      name += " " + word;
      full.push_back(word);
    }
    EXPECT_NE(help.find(name), std::string::npos) << help;
    EXPECT_NE(help.find("\nExit codes:\n"), std::string::npos) << help;
    EXPECT_LE(widest_line(help), kScreenColumns) << help;
    EXPECT_LE(widest_line(text(full)), kScreenColumns) << text(full);
    EXPECT_NE(text(with({"man"}, path.front())).find(".SH SYNOPSIS"), std::string::npos);
  });
}

TEST(CommandLine, AnOptionIsExplainedInOneShortSentence) {
  for_each_command(all_commands(), {}, [](const Command& command, const Words&) {
    EXPECT_FALSE(command.summary.empty() || command.summary.ends_with('.')) << command.name;
    EXPECT_LE(command.summary.size(), kScreenColumns) << command.summary;
    for (const Option& option : command.options) {
      const std::string sentence = option_sentence(option);
      EXPECT_FALSE(option.help.empty() || option.help.ends_with('.')) << option.name;
      EXPECT_LE(sentence.size(), kScreenColumns) << sentence;
      EXPECT_TRUE(option.value.take != nullptr) << option.name;
      EXPECT_TRUE(option.more.empty() || option.more.ends_with('.')) << option.more;
    }
  });
}

TEST(CommandLine, EveryCommandAnswersInJson) {
  const std::map<std::string, std::string> others = {
      {"work", "it goes on for long; its log is for programs, and its figures are those of status"},
      {"dashboard", "it serves pages; report --json prints what they show"},
      {"health", "its answer is a JSON object"},
      {"dead export", "it prints jobs, one JSON object a line"},
      {"checkpoint", "inside a job: the exit code says all"},
      {"finished", "inside a job: the exit code says all"},
      {"completion", "it prints a script"},
      {"man", "it prints a page"},
      {"help", "it prints a page"}};
  for_each_command(all_commands(), {}, [&](const Command& command, const Words& path) {
    if (!command.inner.empty()) return;
    std::string name;
    for (const std::string& word : path) name += (name.empty() ? "" : " ") + word;
    const bool has = std::any_of(command.options.begin(), command.options.end(),
                                 [](const Option& option) { return option.name == "--json"; });
    EXPECT_NE(has, others.contains(name)) << name;
  });
}

TEST(CommandLine, AnOptionMeansTheSameInEveryCommand) {
  std::map<std::string, std::string> placeholders;
  for_each_command(all_commands(), {}, [&](const Command& command, const Words& path) {
    for (const Option& option : command.options) {
      if (option.is_argument()) continue;
      const bool of_jobs = path == Words{"list"} || path == Words{"gc"};
      if (of_jobs && option.name == "--state") {
        // People ask for the state of jobs here, too, and a folder still means what it means.
        EXPECT_EQ(option.value.placeholder, "STATES|DIR");
        continue;
      }
      if (path == Words{"gc"} && option.name == "--keep") continue;  // What of each, not how many.
      const auto [known, fresh] = placeholders.emplace(option.name, option.value.placeholder);
      EXPECT_EQ(known->second, option.value.placeholder)
          << option.name << " of " << command.name << (fresh ? "" : " differs from another's");
    }
  });
}

TEST(CommandLine, ASlipIsAnsweredWithWhatIsMeant) {
  const auto meant = [](const Words& words, const std::string& right) {
    EXPECT_NE(mistake(words).find("did you mean " + right + "?"), std::string::npos)
        << mistake(words);
  };
  meant({"runn", "j", "--", "x"}, "run");
  meant({"stauts"}, "status");
  meant({"dead", "lst"}, "list");
  meant({"help", "statu"}, "status");
  meant({"man", "dead", "requeu"}, "requeue");
  meant({"run", "j", "--slot", "2", "--", "x"}, "--slots");
  meant({"work", "--untilempty", "--", "x"}, "--until-empty");
  meant({"dead", "list", "--reason", "faild"}, "failed");
  meant({"completion", "bsh"}, "bash");
  meant({"work", "--log-level", "warning", "--", "x"}, "warn");
}

TEST(CommandLine, ASingularIsTakenForThePluralWhereNothingElseIsMeant) {
  EXPECT_EQ(parsed<CheckpointsOptions>({"checkpoint", "list", "j"}).jobs, Words{"j"});
  parsed<CheckpointOptions>({"checkpoint"});
}

TEST(CommandLine, AMistakeNamesWhatWasTypedAndWhatIsRight) {
  const auto says = [](const Words& words, const Words& parts) {
    for (const std::string& part : parts) {
      EXPECT_NE(mistake(words).find(part), std::string::npos) << part << ": " << mistake(words);
    }
  };
  says({"run", "j", "--slots", "many", "--", "x"}, {"--slots", "'many'", "1 to 256"});
  says({"run", "j", "--slots", "-1", "--", "x"}, {"--slots", "'-1'"});
  says({"run", "j", "--snapshot-space", "-5", "--", "x"}, {"'-5'", "20GiB"});
  says({"run", "j", "--snapshot-space", "5", "--", "x"}, {"too small", "1MB"});
  says({"run", "j", "--grace", "--", "x"}, {"--grace needs a value", "DURATION"});
  says({"run", "--", "x"}, {"name the jobs: a list, JOBS, or"});
  says({"run", "j", "--mtbf", "10", "--", "x"}, {"--mtbf", "'10'", "1h30m"});
  says({"status", "--json=yes"}, {"--json takes no value"});
  says({"status", "a", "b"}, {"'b'", "one argument too many"});
  says({"dead"}, {"say what to do", "list", "requeue"});
  says({"autoscale", "--every", "1s"}, {"--every", "15s"});
  says({"autoscale", "--budget", "3"}, {"--price"});
  says({"--json", "status"}, {"the command comes first"});
  for (const Words& words : {Words{"work", "--patience", "x", "--", "y"}, Words{"nosuch"}}) {
    EXPECT_EQ(mistake(words).find("holdfast:"), std::string::npos) << mistake(words);
  }
}

TEST(CommandLine, OlderSpellingsAreStillUnderstood) {
  const auto old =
      parsed<SimulateOptions>({"simulate", "--hours", "5", "--mtbf", "10", "--checkpoint-gb", "2.5",
                               "--uplink", "8", "--restart-cost", "3", "--cold-start", "0.5"});
  const auto now = parsed<SimulateOptions>({"simulate", "--job-time", "5h", "--mtbf", "10h",
                                            "--checkpoint-size", "2.5GB", "--uplink", "8GB/h",
                                            "--restart-cost", "3s", "--cold-start", "30m"});
  EXPECT_EQ(old.job_length, now.job_length);
  EXPECT_EQ(old.mtbf, now.mtbf);
  EXPECT_DOUBLE_EQ(old.checkpoint_gb, now.checkpoint_gb);
  EXPECT_DOUBLE_EQ(old.uplink_gb_per_hour, now.uplink_gb_per_hour);
  EXPECT_DOUBLE_EQ(old.restart_cost_seconds, now.restart_cost_seconds);
  EXPECT_EQ(old.cold_start, now.cold_start);
  EXPECT_EQ(parsed<FleetOptions>({"fleet", "--container_group_name", "g"})
                .place.flags.at("--container-group-name"),
            "g");
  EXPECT_EQ(parsed<RunOptions>({"run", "j", "--snapshot-space", "20g", "--", "x"})
                .task.snapshot_space_bytes,
            20'000'000'000u);
}

TEST(CommandLine, ACompletionOffersWhatMayFollow) {
  const auto commands = all_commands();
  const auto offers = [&](const Words& words) { return complete(commands, words).words; };
  const auto among = [](const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  EXPECT_TRUE(among(offers({""}), "submit"));
  EXPECT_EQ(offers({"wor"}), Words{"work"});
  EXPECT_EQ(offers({"dead", "r"}), Words{"requeue"});
  EXPECT_EQ(offers({"run", "jobs.csv", "--sl"}), Words{"--slots"});
  EXPECT_EQ(offers({"dead", "list", "--reason", "sta"}), Words{"stalled"});
  EXPECT_EQ(offers({"completion", ""}), (Words{"bash", "zsh", "fish"}));
  EXPECT_EQ(complete(commands, {"run", ""}).value, Completes::file);
  EXPECT_EQ(complete(commands, {"run", "j", "--state", ""}).value, Completes::folder);
  EXPECT_EQ(complete(commands, {"status", "--state", "s", ""}).value, Completes::job);
  EXPECT_EQ(complete(commands, {"status", "--state", "s", ""}).given.at("--state"), "s");
  EXPECT_EQ(complete(commands, {"work", "--", "pyth"}).value, Completes::file);
  EXPECT_EQ(complete(commands, {"dead", "requeue", ""}).value, Completes::dead_job);
  EXPECT_EQ(complete(commands, {"list", "--group", ""}).value, Completes::group);
  EXPECT_EQ(offers({"list", "--state", "dead,c"}), (Words{"dead,completed", "dead,cancelled"}));
  EXPECT_EQ(complete(commands, {"gc", "--state", ""}).value, Completes::folder);
}

// The shells ask for what every job and group is named by.
TEST(CommandLine, WhereAJobOrAGroupIsNamedAShellMayOfferThem) {
  for_each_command(all_commands(), {}, [](const Command& command, const Words& path) {
    for (const Option& option : command.options) {
      if (option.name == "JOB") {
        const bool dead = path.front() == "dead";
        EXPECT_EQ(option.value.completes, dead ? Completes::dead_job : Completes::job)
            << command.name;
      }
      // submit and run give a name, all others ask for one.
      const bool names = path == Words{"submit"} || path == Words{"run"};
      if (option.name == "--group" && !names) {
        EXPECT_EQ(option.value.completes, Completes::group) << command.name;
      }
    }
  });
}

TEST(CommandLine, ALineThatIsBeingTypedIsTakenApart) {
  EXPECT_EQ(words_of_line("holdfast list --group a=b:c"), (Words{"list", "--group", "a=b:c"}));
  EXPECT_EQ(words_of_line("holdfast  list "), (Words{"list", ""}));
  EXPECT_EQ(words_of_line("holdfast run 'my jobs"), (Words{"run", "my jobs"}));
}

TEST(CommandLine, TheVersionIsSaidInBothWays) {
  EXPECT_EQ(text({"version"}), text({"--version"}));
  EXPECT_EQ(text({"version"}), text({"-V"}));
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
