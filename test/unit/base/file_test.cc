#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  const TemporaryFolder folder_;
};

TEST_F(FileTest, AFileComesBackWholeAndAbsentIsNoError) {
  replace_file(path("a"), std::string_view("x\0y", 3));
  EXPECT_EQ(read_file(path("a"), 3), std::string("x\0y", 3));
  EXPECT_FALSE(read_file(path("b"), 3));
  EXPECT_FALSE(read_file(path("a") / "below", 3));
}

TEST_F(FileTest, AFileLargerThanAllowedIsAnError) {
  replace_file(path("a"), "1234");
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(read_file(path("a"), 3)); }),
            ErrorKind::rejected);
}

TEST_F(FileTest, AnErrorSaysWhetherTheNameOrTheMachineIsAtFault) {
  replace_file(path("a"), "no folder");
  EXPECT_EQ(kind_thrown_by([&] { make_folders(path("a") / "below"); }), ErrorKind::machine);
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(open_to_read(path("absent"))); }),
            ErrorKind::rejected);
  EXPECT_EQ(kind_thrown_by([&] { replace_file(path(std::string(300, 'n')), ""); }),
            ErrorKind::rejected);
}

TEST_F(FileTest, ReplacingLeavesNothingBesideIt) {
  replace_file(path("a"), "old and longer");
  replace_file(path("a"), "new");
  EXPECT_EQ(read_file(path("a"), 100), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(FileTest, AnErrorNamesThePathAndTheReason) {
  try {
    replace_file(path("no/such/folder"), "x");
    FAIL();
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("no/such/folder"), std::string::npos) << what;
    EXPECT_NE(what.find("No such file"), std::string::npos) << what;
  }
}

TEST_F(FileTest, ARangeEndsWithTheFile) {
  replace_file(path("a"), "0123456789");
  const FileDescriptor file = open_to_read(path("a"));
  EXPECT_EQ(read_range(file, path("a"), 3, 4), "3456");
  EXPECT_EQ(read_range(file, path("a"), 8, 4), "89");
  EXPECT_EQ(read_range(file, path("a"), 20, 4), "");
}

TEST_F(FileTest, ADescriptorThatIsMovedIsClosedOnce) {
  replace_file(path("a"), "x");
  FileDescriptor first = open_to_read(path("a"));
  const int number = first.get();
  FileDescriptor second = std::move(first);
  EXPECT_EQ(second.get(), number);
  second = open_to_read(path("a"));
  EXPECT_NE(second.get(), -1);
  FileDescriptor& same = second;
  second = std::move(same);
  EXPECT_TRUE(second.open());
}

TEST_F(FileTest, ATreeIsRemovedAlsoWhereDirectoriesForbidIt) {
  make_folders(path("tree/a/b"));
  replace_file(path("tree/a/b/f"), "x");
  make_folders(path("outside"));
  replace_file(path("outside/kept"), "x");
  fs::create_directory_symlink(path("outside"), path("tree/a/link"));
  ASSERT_EQ(::chmod(path("tree/a/b").c_str(), 0555), 0);
  ASSERT_EQ(::chmod(path("tree/a").c_str(), 0), 0);
  ASSERT_EQ(::chmod(path("outside").c_str(), 0555), 0);
  const bool root = ::geteuid() == 0;
  if (root) {  // Bound by no mode: be somebody else for a while.
    for (const auto& item : fs::recursive_directory_iterator(folder_.path())) {
      ASSERT_EQ(::lchown(item.path().c_str(), 65534, 65534), 0);
    }
    ASSERT_EQ(::chown(folder_.path().c_str(), 65534, 65534), 0);
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto kind = kind_thrown_by([&] { make_empty(path("tree")); });
  const bool still_forbidden =
      (fs::status(path("outside")).permissions() & fs::perms::owner_write) == fs::perms::none;
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(kind, std::nullopt);
  EXPECT_TRUE(fs::is_empty(path("tree")));
  EXPECT_TRUE(fs::exists(path("outside/kept")));
  EXPECT_TRUE(still_forbidden);  // Nothing is changed through a link.
  fs::permissions(path("outside"), fs::perms::owner_all);
}

TEST_F(FileTest, RemovingWhatIsNotThereIsFine) {
  remove_tree(path("nothing"));
  EXPECT_FALSE(try_remove_tree(path("nothing")));
}

TEST_F(FileTest, TwoMayRemoveTheSameTree) {
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20; ++i) {
      fs::create_directories(path("tree/" + std::to_string(i) + "/deep/deeper"));
    }
    std::error_code theirs;
    std::thread other([&] { theirs = try_remove_tree(path("tree")); });
    const std::error_code ours = try_remove_tree(path("tree"));
    other.join();
    EXPECT_FALSE(ours) << ours.message();
    EXPECT_FALSE(theirs) << theirs.message();
    EXPECT_FALSE(fs::exists(path("tree")));
  }
}

}  // namespace
}  // namespace holdfast
