#include "worker/named_results.h"

#include <sys/stat.h>

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

class NamedResultsTest : public testing::Test {
 protected:
  NamedResultsTest() {
    for (const char* name : {"checkpoint", "output", "here"}) fs::create_directories(path(name));
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }

  void write(const std::string& name) const {
    fs::create_directories(path(name).parent_path());
    std::ofstream(path(name)) << name;
  }

  // What is found, each with the place where it lies below the test's folder.
  std::map<std::string, std::string> find(std::vector<std::string> patterns) {
    NamedResults results{std::move(patterns), {{path("checkpoint")}}};
    if (!since_.empty()) results.folders.push_back({path("here"), since_});
    std::map<std::string, std::string> found;
    odd_ = walk_named_results(
        results, path("output"), [&](const Output& output, const fs::path& file) {
          EXPECT_TRUE(found.emplace(output.path, fs::relative(file, folder_.path())).second)
              << output.path;
        });
    return found;
  }

  // Not before every file that is there was changed.
  void begin_attempt() {
    since_ = path("job.json");
    const auto now = [&] {
      write("job.json");
      struct stat status {};
      ::stat(since_.c_str(), &status);
      return std::pair(status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
    };
    for (const auto begin = now(); now() <= begin;) {  // Ends: the clock of files goes on.
    }
  }

  using Found = std::map<std::string, std::string>;
  TemporaryFolder folder_;
  fs::path since_;
  OddOutputs odd_;
};

TEST_F(NamedResultsTest, NamesFoldersAndAnyNumberOfFolders) {
  for (const char* name :
       {"a.csv", "b.csv", "sub/c.csv", "sub/deep/d.csv", "sub/e.log", ".h.csv"}) {
    write(std::string("checkpoint/") + name);
  }
  EXPECT_EQ(find({"*.csv"}), (Found{{"a.csv", "checkpoint/a.csv"}, {"b.csv", "checkpoint/b.csv"}}));
  EXPECT_EQ(find({"sub/*.csv"}), (Found{{"sub/c.csv", "checkpoint/sub/c.csv"}}));
  EXPECT_EQ(find({"./sub/"}).size(), 3u);
  EXPECT_EQ(find({"**/*.csv"}).size(), 4u);
  EXPECT_EQ(find({"sub/**"}).size(), 3u);
  EXPECT_EQ(find({"[a].csv", "?.csv", "a.csv"}).size(), 2u);
  EXPECT_EQ(odd_.unmatched, std::vector<std::string>{});
}

TEST_F(NamedResultsTest, WhatMatchesNothingIsNoted) {
  write("checkpoint/a");
  EXPECT_EQ(find({"a", "b*", "c/d"}).size(), 1u);
  EXPECT_EQ(odd_.unmatched, (std::vector<std::string>{"b*", "c/d"}));
}

TEST_F(NamedResultsTest, TheOutputDirectoryGoesFirstThenTheCheckpointDirectory) {
  for (const char* name : {"output/x", "checkpoint/x", "checkpoint/y", "checkpoint/sub/z"}) {
    write(name);
  }
  begin_attempt();
  for (const char* name : {"here/y", "here/sub/z", "here/w"}) write(name);
  EXPECT_EQ(find({"?", "sub"}),
            (Found{{"y", "checkpoint/y"}, {"sub/z", "checkpoint/sub/z"}, {"w", "here/w"}}));
}

TEST_F(NamedResultsTest, WhereOthersRunOnlyWhatWasChangedSinceTheAttemptBegan) {
  write("here/old.csv");
  write("here/changed.csv");
  begin_attempt();
  write("here/changed.csv");
  write("here/new.csv");
  EXPECT_EQ(find({"*.csv"}),
            (Found{{"changed.csv", "here/changed.csv"}, {"new.csv", "here/new.csv"}}));
  EXPECT_EQ(find({"old.csv"}), Found{});
  EXPECT_EQ(odd_.unmatched, std::vector<std::string>{"old.csv"});
}

TEST_F(NamedResultsTest, LinksAreFollowedButNotByAnyNumberOfFolders) {
  write("elsewhere/data");
  fs::create_directory_symlink(path("elsewhere"), path("checkpoint/link"));
  fs::create_directory_symlink(path("checkpoint"), path("checkpoint/back"));
  EXPECT_EQ(find({"link"}), (Found{{"link/data", "elsewhere/data"}}));
  EXPECT_EQ(find({"**/data"}), Found{});
  find({"**"});
  EXPECT_EQ(odd_.links, std::vector<std::string>{"back"});
}

TEST_F(NamedResultsTest, PatternsThatLeadOutAreNone) {
  EXPECT_EQ(pattern_problem("/etc/passwd"), "is no relative path");
  EXPECT_EQ(pattern_problem("a/../../b"), "leads out of the directory");
  EXPECT_EQ(pattern_problem("./"), "names nothing");
  EXPECT_EQ(pattern_problem("a/b*"), "");
  EXPECT_THROW(find({"../output"}), OutputUnreadable);
}

}  // namespace
}  // namespace holdfast
