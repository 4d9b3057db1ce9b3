// What a directory promises beyond what every store does: it survives crashes, tells a lost disk
// from an empty one, and keeps its own files out of sight.
#include "adapters/local/directory_store.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;
using Keys = std::vector<std::string>;

class DirectoryStoreTest : public testing::Test {
 protected:
  void put(const std::string& key, std::string_view bytes) {
    store_.put(key, bytes, sha256(bytes), TimePoint::max());
  }
  std::optional<std::string> get(const std::string& key) {
    return store_.get(key, 1 << 20, TimePoint::max());
  }
  Keys keys(const std::string& prefix) {
    Keys found;
    for (const auto& entry : store_.list(prefix, "", 1000, TimePoint::max())) {
      found.push_back(entry.key);
    }
    return found;
  }
  std::size_t temporaries() const {
    const auto files = fs::directory_iterator(root_ / ".holdfast-tmp");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  std::string error_of(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_FALSE(error.may_work_later());
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryFolder folder_;
  fs::path root_ = folder_.path() / "store";
  DirectoryStore store_{root_};
};

TEST_F(DirectoryStoreTest, AnObjectIsAFileThatAPersonFinds) {
  put("job-1/result.txt", "42");
  std::ifstream file(root_ / "job-1/result.txt");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "42");
}

TEST_F(DirectoryStoreTest, NothingIsLeftBehindAndTheStoresOwnFilesAreNotListed) {
  put("a", "x");
  static_cast<void>(store_.create("b", "x", TimePoint::max()));
  static_cast<void>(store_.create("b", "y", TimePoint::max()));
  EXPECT_THROW(store_.put("c", "x", sha256("y"), TimePoint::max()), Error);
  EXPECT_EQ(temporaries(), 0u);
  std::ofstream(root_ / ".holdfast-tmp/left") << "x";
  EXPECT_EQ(keys(""), (Keys{"a", "b"}));
  EXPECT_EQ(store_.list_folders("", "", 10, TimePoint::max()), Keys{});
  EXPECT_NE(error_of([&] { put(".holdfast-tmp/x", "x"); }).find("the store's own"),
            std::string::npos);
}

TEST_F(DirectoryStoreTest, WhatDeadWritersLeftIsSweptAndWhatLivingOnesWriteIsKept) {
  std::ofstream(root_ / ".holdfast-tmp/left") << "half an obj";
  const DirectoryTemporary living(root_ / ".holdfast-tmp");
  const DirectoryStore again(root_);
  EXPECT_FALSE(fs::exists(root_ / ".holdfast-tmp/left"));
  EXPECT_TRUE(fs::exists(living.path()));
}

TEST_F(DirectoryStoreTest, WritersAndSweepersDoNotDisturbEachOther) {
  std::jthread sweeper([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) sweep_temporaries(root_ / ".holdfast-tmp");
  });
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(store_.create("k/" + std::to_string(i), "x", TimePoint::max()),
              CreateOutcome::created);
  }
}

TEST_F(DirectoryStoreTest, AWriterKilledAtAnyMomentLeavesWholeObjectsOrNone) {
  const std::string bytes(300'000, 'x');
  for (int round = 0; round < 20; ++round) {
    const std::string prefix = "r" + std::to_string(round) + "/";
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0;; ++i) {
        static_cast<void>(store_.create(prefix + std::to_string(i), bytes, TimePoint::max()));
      }
    }
    while (keys(prefix).size() < 2) std::this_thread::yield();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (const std::string& key : keys(prefix)) EXPECT_EQ(get(key)->size(), bytes.size()) << key;
  }
  const DirectoryStore again(root_);
  EXPECT_EQ(temporaries(), 0u);
}

TEST_F(DirectoryStoreTest, AnObjectAndAFolderCannotShareAName) {
  put("a/b", "x");
  put("c", "x");
  EXPECT_NE(error_of([&] { put("a", "y"); }).find("it is a folder"), std::string::npos);
  EXPECT_NE(error_of([&] {
              static_cast<void>(store_.create("a", "y", TimePoint::max()));
            }).find("it is a folder"),
            std::string::npos);
  EXPECT_NE(error_of([&] { put("c/d", "y"); }).find("is an object itself"), std::string::npos);
  EXPECT_NE(error_of([&] {
              static_cast<void>(store_.create("c/d/e", "y", TimePoint::max()));
            }).find("is an object itself"),
            std::string::npos);
  store_.remove("a", TimePoint::max());  // No object, so nothing to do.
  EXPECT_EQ(get("a/b"), "x");
}

TEST_F(DirectoryStoreTest, ALostDirectoryIsAnErrorAndNotAnEmptyStore) {
  put("job/log/1", "x");
  fs::rename(root_, folder_.path() / "moved");
  EXPECT_NE(error_of([&] { static_cast<void>(get("job/log/1")); }).find("is gone"),
            std::string::npos);
  EXPECT_NE(error_of([&] { static_cast<void>(keys("job/log/")); }).find("is gone"),
            std::string::npos);
  EXPECT_NE(error_of([&] { put("job/log/2", "x"); }).find(root_.string()), std::string::npos);
  fs::create_directory(root_);  // The mount point of a disk that is not mounted.
  EXPECT_NE(error_of([&] { static_cast<void>(get("job/log/1")); }).find("is gone"),
            std::string::npos);
}

TEST_F(DirectoryStoreTest, ADiskThatTakesNoMoreIsSaidWithThePathAndLeavesNothing) {
  // A limit on the size of files stands in for a full disk; it would hit the whole test program.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    static_cast<void>(::setrlimit(RLIMIT_FSIZE, &limit));
    const std::string said = error_of([&] { put("a", std::string(10'000, 'x')); });
    const bool told = said.find("File too large") != std::string::npos &&
                      said.find(root_.string()) != std::string::npos;
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(temporaries(), 0u);
}

TEST_F(DirectoryStoreTest, APipeInTheStoreIsNeitherReadNorListed) {
  put("p/a", "x");
  ASSERT_EQ(::mkfifo((root_ / "p/pipe").c_str(), 0600), 0);
  EXPECT_EQ(keys("p/"), Keys{"p/a"});
  EXPECT_NE(error_of([&] { static_cast<void>(get("p/pipe")); }).find("not a regular file"),
            std::string::npos);
}

TEST_F(DirectoryStoreTest, OneKeyUnderAPrefixIsFoundWithoutReadingTheRest) {
  for (int job = 0; job < 50; ++job) put("job-" + std::to_string(job) + "/log/1", "x");
  put("job-7/log/0", "x");
  put("job-7/chunks/1/a", "x");
  // A folder that may not be read would end the walk with an error (for others than root: mode 0).
  fs::remove_all(root_ / "job-8");
  fs::create_symlink("job-8", root_ / "job-8");  // Leads to itself: reading it fails for everybody.
  const auto first = store_.list("job-7/log/", "", 1, TimePoint::max());
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.front().key, "job-7/log/0");
}

}  // namespace
}  // namespace holdfast
