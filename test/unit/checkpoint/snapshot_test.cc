// A snapshot is what a restored task will find: anything lost or changed in it is lost for good.
#include "checkpoint/snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/file.h"
#include "holdfast/error.h"
#include "support/copy_directory.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() {
    std::string name = (fs::temp_directory_path() / "snapshot-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directory(from());
  }
  ~SnapshotTest() override { remove_directory(root_); }

  fs::path from() const { return root_ / "from"; }
  fs::path to() const { return root_ / "to"; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(from() / name, std::ios::binary) << text;
  }
  std::string copied(const std::string& name) const {
    std::ifstream in(to() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static struct stat status_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
  }
  // True if this process is bound by file modes at all.
  static bool modes_bind() { return ::geteuid() != 0; }

  fs::path root_;
};

TEST_F(SnapshotTest, FilesOfAllSizesAreCopiedByteForByte) {
  std::string large;
  for (std::uint64_t i = 0; large.size() < 20 * 1024 * 1024; ++i)
    large += std::to_string(i * 7919) + "\n";
  write("empty", "");
  write("small", std::string("a\0b", 3));
  write("large", large);
  EXPECT_TRUE(copy_directory(from(), to()).empty());
  EXPECT_EQ(fs::file_size(to() / "empty"), 0u);
  EXPECT_EQ(copied("small"), std::string("a\0b", 3));
  EXPECT_TRUE(copied("large") == large);
}

TEST_F(SnapshotTest, FoldersAreCopiedEmptyOnesToo) {
  fs::create_directories(from() / "a" / "b" / "empty");
  write("a/b/file", "deep");
  copy_directory(from(), to());
  EXPECT_EQ(copied("a/b/file"), "deep");
  EXPECT_TRUE(fs::is_directory(to() / "a/b/empty"));
}

TEST_F(SnapshotTest, ModesAndTimesAreKept) {
  write("program", "x");
  fs::create_directory(from() / "folder");
  ASSERT_EQ(::chmod((from() / "program").c_str(), 0751), 0);
  const timespec times[2] = {{1'000'000'000, 1}, {1'234'567'890, 123'456'789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (from() / "program").c_str(), times, 0), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (from() / "folder").c_str(), times, 0), 0);
  copy_directory(from(), to());
  EXPECT_EQ(status_of(to() / "program").st_mode & 07777u, 0751u);
  EXPECT_EQ(status_of(to() / "program").st_mtim.tv_sec, 1'234'567'890);
  EXPECT_EQ(status_of(to() / "program").st_mtim.tv_nsec, 123'456'789);
  EXPECT_EQ(status_of(to() / "folder").st_mtim.tv_nsec, 123'456'789);
}

TEST_F(SnapshotTest, ALinkStaysALinkWhereverItPoints) {
  fs::create_symlink("nowhere", from() / "dangling");
  fs::create_symlink("/etc", from() / "outside");
  copy_directory(from(), to());
  EXPECT_EQ(fs::read_symlink(to() / "dangling"), "nowhere");
  EXPECT_EQ(fs::read_symlink(to() / "outside"), "/etc");
}

TEST_F(SnapshotTest, HolesStayHoles) {
  constexpr off_t kSize = 64 * 1024 * 1024;
  const int fd = ::open((from() / "sparse").c_str(), O_RDWR | O_CREAT, 0644);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::pwrite(fd, "middle", 6, kSize / 2), 6);
  ASSERT_EQ(::ftruncate(fd, kSize), 0);
  ::close(fd);
  copy_directory(from(), to());
  const struct stat status = status_of(to() / "sparse");
  EXPECT_EQ(status.st_size, kSize);
  EXPECT_LT(status.st_blocks * 512, kSize / 8);
  EXPECT_EQ(copied("sparse").substr(kSize / 2, 6), "middle");
}

TEST_F(SnapshotTest, SocketsAndPipesAreLeftOutAndTold) {
  ASSERT_EQ(::mkfifo((from() / "pipe").c_str(), 0600), 0);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (from() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  write("file", "x");
  EXPECT_EQ(copy_directory(from(), to()), (std::vector<fs::path>{"pipe", "socket"}));
  EXPECT_EQ(copied("file"), "x");
  ::close(fd);
}

TEST_F(SnapshotTest, AFolderThatForbidsWritingIsCopiedAndCanBeRemoved) {
  fs::create_directories(from() / "sealed" / "inner");
  write("sealed/inner/file", "x");
  ASSERT_EQ(::chmod((from() / "sealed/inner").c_str(), 0555), 0);
  ASSERT_EQ(::chmod((from() / "sealed").c_str(), 0555), 0);
  copy_directory(from(), to());
  EXPECT_EQ(copied("sealed/inner/file"), "x");
  EXPECT_EQ(status_of(to() / "sealed").st_mode & 0777u, 0555u);
  remove_directory(to());
  EXPECT_FALSE(fs::exists(to()));
}

// Root reads everything, so a child process without root's rights does the copying.
TEST_F(SnapshotTest, AFileThatCannotBeReadIsNamedAndNothingIsLeft) {
  write("secret", "x");
  ASSERT_EQ(::chmod((from() / "secret").c_str(), 0), 0);
  ASSERT_EQ(::chmod(root_.c_str(), 0777), 0);
  EXPECT_EXIT(
      {
        constexpr uid_t kNobody = 65534;
        if (!modes_bind() && ::setuid(kNobody) != 0) ::_exit(2);
        try {
          copy_directory(from(), to());
        } catch (const Error& error) {
          const bool named = std::string(error.what()).find("from/secret") != std::string::npos;
          const bool kind = error.kind() == ErrorKind::machine;
          ::_exit(named && kind && !fs::exists(to()) ? 0 : 1);
        }
        ::_exit(3);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(SnapshotTest, ATargetThatExistsIsNotTouched) {
  fs::create_directory(to());
  std::ofstream(to() / "mine") << "x";
  EXPECT_THROW(copy_directory(from(), to()), Error);
  EXPECT_EQ(copied("mine"), "x");
}

TEST_F(SnapshotTest, AMissingDirectoryIsAnErrorAndLeavesNothing) {
  EXPECT_THROW(copy_directory(root_ / "absent", to()), Error);
  EXPECT_FALSE(fs::exists(to()));
}

TEST_F(SnapshotTest, ACopyThatIsGivenUpLeavesNothing) {
  write("file", "x");
  std::stop_source stop;
  stop.request_stop();
  try {
    copy_directory(from(), to(), stop.get_token());
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  }
  EXPECT_FALSE(fs::exists(to()));
}

TEST_F(SnapshotTest, RemovingWhatIsNotThereIsFine) {
  remove_directory(to());
}

// One snapshot after the other, as a worker takes them.
class SnapshotTakerTest : public SnapshotTest {
 protected:
  fs::path take() {
    const fs::path snapshot = root_ / std::to_string(++count_);
    taker_.take(from(), snapshot, {});
    return snapshot;
  }
  static ino_t inode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_ino;
  }
  static std::string text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Until the kernel's clock has moved on, so that a write before and one after differ in time.
  void let_settle() const {
    timespec begin{};
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &begin);
    do {
      ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    } while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
  }
  bool shared(const std::string& name, const fs::path& one, const fs::path& other) const {
    return inode(one / name) == inode(other / name);
  }

  SnapshotTaker taker_{SnapshotTaker::kNoLimit, "/proc", std::chrono::nanoseconds(0)};
  int count_ = 0;
};

TEST_F(SnapshotTakerTest, WhatDidNotChangeIsShared) {
  fs::create_directory(from() / "folder");
  write("folder/base", "frozen");
  write("state", "one");
  let_settle();
  const fs::path first = take();
  write("state", "two");
  fs::rename(from() / "folder/base", from() / "folder/renamed");
  write("folder/base", "frozen");
  let_settle();
  const fs::path second = take();
  const fs::path third = take();
  EXPECT_FALSE(shared("state", first, second));
  EXPECT_FALSE(shared("folder/base", first, second));
  EXPECT_TRUE(shared("state", second, third));
  EXPECT_TRUE(shared("folder/base", second, third));
  EXPECT_EQ(text(first / "state"), "one");
  EXPECT_EQ(text(third / "state"), "two");
  EXPECT_EQ(text(third / "folder/renamed"), "frozen");
}

TEST_F(SnapshotTakerTest, WhatBecomesOfTheDirectoryOnceItIsFreeIsNotInTheSnapshot) {
  fs::create_directory(from() / "folder");
  for (const char* name : {"folder/a", "folder/b", "folder/c"}) write(name, "one");
  fs::permissions(from() / "folder", fs::perms::owner_read | fs::perms::owner_exec);
  struct stat before {};
  ASSERT_EQ(::stat((from() / "folder").c_str(), &before), 0);
  let_settle();
  const fs::path first = take();
  const fs::path second = root_ / "second";
  bool freed = false;
  const auto end = [&] {
    freed = true;
    EXPECT_FALSE(fs::exists(second / "folder/c"));  // Linked now, while the task goes on.
    fs::permissions(from() / "folder", fs::perms::owner_all);
    write("folder/b", "two");
    fs::remove(from() / "folder/c");
  };
  taker_.take(from(), second, {}, {[] {}, end});
  EXPECT_TRUE(freed);
  for (const char* name : {"folder/a", "folder/b", "folder/c"}) {
    EXPECT_EQ(text(second / name), "one") << name;
    EXPECT_TRUE(shared(name, first, second)) << name;
  }
  struct stat after {};
  ASSERT_EQ(::stat((second / "folder").c_str(), &after), 0);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST_F(SnapshotTakerTest, ASnapshotWhoseLastOneGoesWhileItIsCompletedFailsAndTheNextIsWhole) {
  for (const char* name : {"a", "b"}) write(name, "one");
  let_settle();
  const fs::path first = take();
  const fs::path second = root_ / "second";
  EXPECT_THROW(taker_.take(from(), second, {}, {[] {}, [&] { remove_directory(first); }}), Error);
  EXPECT_FALSE(fs::exists(second));
  EXPECT_EQ(text(take() / "b"), "one");
}

TEST_F(SnapshotTakerTest, AWriteThatHidesItsTimeIsSeen) {
  write("state", "one");
  let_settle();
  struct stat before {};
  ASSERT_EQ(::stat((from() / "state").c_str(), &before), 0);
  take();
  {
    std::fstream file(from() / "state");  // The same inode, the same size,
    file << "two";
  }
  const timespec times[2] = {before.st_atim, before.st_mtim};  // and the same time.
  ASSERT_EQ(::utimensat(AT_FDCWD, (from() / "state").c_str(), times, 0), 0);
  EXPECT_EQ(text(take() / "state"), "two");
}

TEST_F(SnapshotTakerTest, AFileThatWasWrittenJustNowIsCopiedOnceMore) {
  SnapshotTaker patient(SnapshotTaker::kNoLimit, "/proc", std::chrono::hours(1));
  write("state", "one");
  let_settle();
  patient.take(from(), root_ / "first", {});
  patient.take(from(), root_ / "second", {});
  EXPECT_FALSE(shared("state", root_ / "first", root_ / "second"));
}

TEST_F(SnapshotTakerTest, AModeThatChangedIsKept) {
  write("state", "one");
  let_settle();
  take();
  ASSERT_EQ(::chmod((from() / "state").c_str(), 0640), 0);
  struct stat status {};
  ASSERT_EQ(::stat((take() / "state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(SnapshotTakerTest, WithoutTheLastSnapshotAllIsCopied) {
  write("state", "one");
  let_settle();
  remove_directory(take());
  EXPECT_EQ(text(take() / "state"), "one");
}

TEST_F(SnapshotTakerTest, SnapshotsTogetherTakeNoMoreThanTheyMay) {
  constexpr std::uint64_t kMiB = 1 << 20;
  SnapshotTaker taker(kMiB * 5 / 2, "/proc", std::chrono::nanoseconds(0));
  const auto take_with = [&](const std::string& name, char fill) {
    write("large", std::string(kMiB, fill));
    let_settle();
    taker.take(from(), root_ / name, {});
  };
  take_with("1", 'a');
  take_with("2", 'b');
  taker.take(from(), root_ / "shares all with 2", {});
  EXPECT_THROW(take_with("3", 'c'), DiskFull);
  EXPECT_FALSE(fs::exists(root_ / "3"));
  // The content stays with the one that shares it.
  remove_directory(root_ / "2");
  EXPECT_THROW(take_with("3", 'c'), DiskFull);
  remove_directory(root_ / "1");
  take_with("3", 'c');
  EXPECT_EQ(text(root_ / "3/large"), std::string(kMiB, 'c'));
}

// What happens between the look ahead and the standstill.
TEST_F(SnapshotTakerTest, WhatChangesAfterItWasLookedAtIsInTheSnapshotAsItIsInTheEnd) {
  fs::create_directory(from() / "folder");
  for (const char* name : {"folder/written", "folder/gone", "folder/same", "mode"}) {
    write(name, "one");
  }
  fs::create_symlink("a", from() / "link");
  let_settle();
  const fs::path first = take();
  const fs::path second = root_ / "second";
  const auto begin = [&] {
    write("folder/written", "two");
    write("folder/new", "new");
    fs::remove(from() / "folder/gone");
    fs::remove(from() / "link");
    fs::create_symlink("b", from() / "link");
    ASSERT_EQ(::chmod((from() / "mode").c_str(), 0600), 0);
    ASSERT_EQ(::chmod((from() / "folder").c_str(), 0710), 0);
    ASSERT_EQ(::mkfifo((from() / "pipe").c_str(), 0600), 0);
  };
  EXPECT_EQ(taker_.take(from(), second, {}, {begin, [] {}}), (std::vector<fs::path>{"pipe"}));
  EXPECT_EQ(text(second / "folder/written"), "two");
  EXPECT_EQ(text(second / "folder/new"), "new");
  EXPECT_FALSE(fs::exists(second / "folder/gone"));
  EXPECT_EQ(fs::read_symlink(second / "link"), "b");
  EXPECT_EQ(status_of(second / "mode").st_mode & 0777, 0600u);
  EXPECT_EQ(status_of(second / "folder").st_mode & 0777, 0710u);
  EXPECT_TRUE(shared("folder/same", first, second));
  // And the next one knows it.
  let_settle();
  const fs::path third = take();
  const fs::path fourth = take();
  EXPECT_TRUE(shared("folder/new", third, fourth));
  EXPECT_EQ(text(fourth / "folder/written"), "two");
}

// The task stands still only for what changed after that.
TEST_F(SnapshotTakerTest, WhatHasChangedIsCopiedBeforeTheStandstill) {
  write("same", "one");
  write("state", "one");
  let_settle();
  take();
  write("state", "two");
  const FileDescriptor open(::open((from() / "open").c_str(), O_WRONLY | O_CREAT, 0644));
  write_range(open, "open", 0, "one");
  let_settle();
  const fs::path second = root_ / "second";
  const auto begin = [&] {
    EXPECT_EQ(text(second / "state"), "two");
    EXPECT_FALSE(fs::exists(second / "open")) << "whoever has it open may write any time";
    write_range(open, "open", 0, "two");
  };
  taker_.take(from(), second, {}, {begin, [] {}});
  EXPECT_EQ(text(second / "open"), "two");
  let_settle();
  EXPECT_TRUE(shared("state", second, take()));
}

TEST_F(SnapshotTakerTest, WhatIsWrittenAfterItWasCopiedIsCopiedOnceMore) {
  for (const char* name : {"written", "shorter", "replaced", "gone", "mode", "link"}) {
    write(name, "one");
  }
  const fs::path second = root_ / "second";
  const auto begin = [&] {
    ASSERT_EQ(text(second / "written"), "one") << "nothing to be seen here";
    write("written", "two");
    fs::resize_file(from() / "shorter", 1);
    write("new", "two");
    fs::rename(from() / "new", from() / "replaced");
    fs::remove(from() / "gone");
    ASSERT_EQ(::chmod((from() / "mode").c_str(), 0600), 0);
    fs::remove(from() / "link");
    fs::create_symlink("written", from() / "link");
  };
  taker_.take(from(), second, {}, {begin, [] {}});
  EXPECT_EQ(text(second / "written"), "two");
  EXPECT_EQ(text(second / "shorter"), "o");
  EXPECT_EQ(text(second / "replaced"), "two");
  EXPECT_FALSE(fs::exists(second / "gone"));
  EXPECT_EQ(status_of(second / "mode").st_mode & 0777, 0600u);
  EXPECT_EQ(fs::read_symlink(second / "link"), "written");
}

TEST_F(SnapshotTakerTest, WhatIsCopiedTwiceTakesSpaceOnce) {
  constexpr std::uint64_t kMiB = 1 << 20;
  SnapshotTaker taker(kMiB * 3 / 2, "/proc", std::chrono::nanoseconds(0));
  write("large", std::string(kMiB, 'a'));
  const auto begin = [&] { write("large", std::string(kMiB, 'b')); };
  taker.take(from(), root_ / "1", {}, {begin, [] {}});
  EXPECT_EQ(text(root_ / "1/large"), std::string(kMiB, 'b'));
}

TEST_F(SnapshotTakerTest, AFolderThatComesGoesOrMovesMeanwhileIsSeen) {
  fs::create_directories(from() / "a/inner");
  fs::create_directory(from() / "b");
  write("a/inner/file", "one");
  write("b/file", "one");
  let_settle();
  take();
  const fs::path second = root_ / "second";
  const auto begin = [&] {
    fs::rename(from() / "a", from() / "moved");
    fs::remove_all(from() / "b");
    fs::create_directories(from() / "c/deep");
    write("c/deep/file", "new");
  };
  taker_.take(from(), second, {}, {begin, [] {}});
  EXPECT_FALSE(fs::exists(second / "a"));
  EXPECT_FALSE(fs::exists(second / "b"));
  EXPECT_EQ(text(second / "moved/inner/file"), "one");
  EXPECT_EQ(text(second / "c/deep/file"), "new");
}

// No watch tells of a write through a mapping. Its file is open still or again, or was closed,
// which the watch does tell.
TEST_F(SnapshotTakerTest, WhatWasWrittenThroughAMappingAfterTheLookIsSeen) {
  const auto opened = [&](const std::string& name) {
    return FileDescriptor(::open((from() / name).c_str(), O_RDWR | O_CLOEXEC));
  };
  const auto write_mapped = [](const FileDescriptor& file, char to) {
    void* const memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    *static_cast<volatile char*>(memory) = to;
    ASSERT_EQ(::munmap(memory, 4096), 0);
  };
  for (const char* name : {"open all the time", "opened since", "closed since", "same"}) {
    write(name, std::string(4096, 'a'));
  }
  const FileDescriptor before = opened("open all the time");
  const FileDescriptor same = opened("same");
  let_settle();
  const fs::path first = take();
  const fs::path second = root_ / "second";
  FileDescriptor since;
  const auto begin = [&] {
    write_mapped(before, 'b');
    since = opened("opened since");
    write_mapped(since, 'b');
    write_mapped(opened("closed since"), 'b');
  };
  let_settle();
  taker_.take(from(), second, {}, {begin, [] {}});
  for (const char* name : {"open all the time", "opened since", "closed since"}) {
    EXPECT_EQ(text(second / name)[0], 'b') << name;
  }
  EXPECT_TRUE(shared("same", first, second));
}

// The kernel remembers only so many changes: 16,384 of them are its default.
TEST_F(SnapshotTakerTest, MoreChangesThanTheKernelTellsOfAreSeenAllTheSame) {
  for (const char* name : {"a", "b", "last"}) write(name, "one");
  let_settle();
  take();
  const fs::path second = root_ / "second";
  const auto begin = [&] {
    const FileDescriptor a(::open((from() / "a").c_str(), O_WRONLY | O_CLOEXEC));
    const FileDescriptor b(::open((from() / "b").c_str(), O_WRONLY | O_CLOEXEC));
    for (int i = 0; i < 40'000; ++i) {
      ASSERT_EQ(::pwrite(a.get(), "two", 3, 0), 3);
      ASSERT_EQ(::pwrite(b.get(), "two", 3, 0), 3);
    }
    write("last", "two");
    write("new", "two");
  };
  taker_.take(from(), second, {}, {begin, [] {}});
  for (const char* name : {"a", "b", "last", "new"}) EXPECT_EQ(text(second / name), "two") << name;
}

// Who still writes when all should stand still makes a mixture of the snapshot, wherever he writes.
TEST_F(SnapshotTakerTest, AWriterWhomNobodyStoppedFailsTheSnapshotAndTheFileIsNamed) {
  constexpr std::size_t kLarge = 64 * 1024 * 1024;
  write("a", std::string(kLarge, 'a'));
  for (const char* name : {"b", "c"}) write(name, "one");
  let_settle();
  take();
  std::atomic<bool> writing = false;
  std::jthread writer([&](const std::stop_token& stop) {
    while (!writing) std::this_thread::yield();
    for (int i = 0; !stop.stop_requested(); ++i) write("c", std::to_string(i));
  });
  write("a", std::string(kLarge, 'b'));
  // So that it is copied at the standstill, which takes a while.
  const FileDescriptor open(::open((from() / "a").c_str(), O_WRONLY | O_CLOEXEC));
  try {
    taker_.take(from(), root_ / "second", {}, {[&] { writing = true; }, [] {}});
    FAIL() << "nobody noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::rejected);
    EXPECT_NE(std::string(error.what()).find((from() / "c").string()), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("The writer may be"), std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(fs::exists(root_ / "second"));
}

TEST_F(SnapshotTakerTest, HardLinksOfOneAnotherStaySoAlsoWhenTheyAreShared) {
  write("a", "one");
  fs::create_directory(from() / "folder");
  fs::create_hard_link(from() / "a", from() / "folder/b");
  write("single", "one");
  let_settle();
  const fs::path first = take();
  const fs::path second = take();
  for (const fs::path& snapshot : {first, second}) {
    EXPECT_EQ(inode(snapshot / "a"), inode(snapshot / "folder/b"));
  }
  EXPECT_TRUE(shared("a", first, second));
  std::ofstream(from() / "folder/b") << "two";
  let_settle();
  const fs::path third = take();
  EXPECT_EQ(text(third / "a"), "two");
  EXPECT_EQ(inode(third / "a"), inode(third / "folder/b"));
}

// A disk of 1 MiB.
class SnapshotDiskTest : public SnapshotTest {
 protected:
  SnapshotDiskTest() {
    fs::create_directory(disk());
    EXPECT_EQ(::mount("none", disk().c_str(), "tmpfs", 0, "size=1m"), 0)
        << "this test mounts a small disk, for which it needs to be root";
  }
  ~SnapshotDiskTest() override { ::umount2(disk().c_str(), MNT_DETACH); }
  fs::path disk() const { return root_ / "disk"; }
};

TEST_F(SnapshotDiskTest, AFullDiskIsToldApartAndNothingIsLeftOnIt) {
  write("first", std::string(100'000, 'a'));
  write("second", std::string(2'000'000, 'b'));
  SnapshotTaker taker;
  EXPECT_THROW(taker.take(from(), disk() / "1", {}), DiskFull);
  EXPECT_TRUE(fs::is_empty(disk()));
  fs::remove(from() / "second");
  taker.take(from(), disk() / "2", {});
  EXPECT_TRUE(fs::exists(disk() / "2/first"));
}

// In memory a page that was read and is then written through a mapping leaves no trace at all.
TEST_F(SnapshotDiskTest, InAMemoryFileSystemNothingIsTakenForUnchanged) {
  const fs::path work = disk() / "work";
  fs::create_directory(work);
  std::ofstream(work / "mapped") << std::string(4096, 'a');
  const auto write_mapped = [&](char to) {
    const FileDescriptor file(::open((work / "mapped").c_str(), O_RDWR));
    void* const memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto* const bytes = static_cast<volatile char*>(memory);
    ASSERT_NE(bytes[0], to);
    bytes[0] = to;
    ASSERT_EQ(::munmap(memory, 4096), 0);
  };
  SnapshotTaker taker(SnapshotTaker::kNoLimit, "/proc", std::chrono::nanoseconds(0));
  for (const char letter : {'b', 'c', 'd'}) {
    write_mapped(letter);
    const fs::path to = disk() / std::string(1, letter);
    taker.take(work, to, {});
    EXPECT_EQ(read_file(to / "mapped", 4096)->front(), letter);
  }
}

TEST_F(SnapshotTest, FoldersOfAnyDepthAreCopied) {
  const int parent = ::open(from().c_str(), O_RDONLY | O_DIRECTORY);
  FileDescriptor folder(parent);
  const std::string name(100, 'd');  // Longer than any path may be.
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(::mkdirat(folder.get(), name.c_str(), 0755), 0);
    folder = FileDescriptor(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
  }
  const FileDescriptor leaf(::openat(folder.get(), "leaf", O_WRONLY | O_CREAT, 0644));
  ASSERT_EQ(::write(leaf.get(), "x", 1), 1);
  copy_directory(from(), to());
  FileDescriptor copy(::open(to().c_str(), O_RDONLY | O_DIRECTORY));
  for (int i = 0; i < 300; ++i) {
    copy = FileDescriptor(::openat(copy.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    ASSERT_TRUE(copy.open()) << i;
  }
  struct stat status {};
  EXPECT_EQ(::fstatat(copy.get(), "leaf", &status, 0), 0);
  EXPECT_EQ(status.st_size, 1);
}

TEST_F(SnapshotTest, TheDirectorysOwnModeOwnerAndExtendedAttributesAreKept) {
  ASSERT_EQ(::chmod(from().c_str(), 0700), 0);
  write("file", "x");
  const std::string value("v\0w", 3);
  const bool kept = ::setxattr((from() / "file").c_str(), "user.note", value.data(), 3, 0) == 0;
  if (!modes_bind()) {
    ASSERT_EQ(::chown((from() / "file").c_str(), 1234, 4321), 0);
  }
  copy_directory(from(), to());
  EXPECT_EQ(status_of(to()).st_mode & 07777u, 0700u);
  if (::geteuid() == 0) {
    EXPECT_EQ(status_of(to() / "file").st_uid, 1234u);
    EXPECT_EQ(status_of(to() / "file").st_gid, 4321u);
  }
  if (!kept) return;  // This file system has none.
  char read[10];
  ASSERT_EQ(::getxattr((to() / "file").c_str(), "user.note", read, sizeof read), 3);
  EXPECT_EQ(std::string(read, 3), value);
}

// Of a kind that the kernel can hold, where bytes never could be.
TEST_F(SnapshotTest, AFileOf50GigabytesThatIsNearlyAllHoleIsCopiedAsSuch) {
  constexpr std::uint64_t kSize = std::uint64_t{50} << 30;
  const FileDescriptor file(::open((from() / "huge").c_str(), O_WRONLY | O_CREAT, 0644));
  ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(kSize)), 0);
  write_range(file, from() / "huge", kSize / 2, "in the middle");
  write_range(file, from() / "huge", kSize - 3, "end");
  copy_directory(from(), to());
  struct stat status {};
  ASSERT_EQ(::stat((to() / "huge").c_str(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kSize);
  EXPECT_LT(status.st_blocks, 10'000);
  const FileDescriptor copy = open_to_read(to() / "huge");
  EXPECT_EQ(read_range(copy, to() / "huge", kSize / 2, 13), "in the middle");
  EXPECT_EQ(read_range(copy, to() / "huge", kSize - 3, 10), "end");
}

// Its times stay as they are while its pages are written again and again.
TEST_F(SnapshotTakerTest, AFileThatIsMappedWritableIsCopiedAlsoOnceAfterwards) {
  write("mapped", std::string(4096, 'a'));
  const FileDescriptor file(::open((from() / "mapped").c_str(), O_RDWR));
  void* const memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const bytes = static_cast<volatile char*>(memory);
  bytes[0] = 'b';
  let_settle();
  EXPECT_EQ(text(take() / "mapped")[0], 'b');
  bytes[0] = 'c';
  EXPECT_EQ(text(take() / "mapped")[0], 'c');
  bytes[0] = 'd';
  ASSERT_EQ(::munmap(memory, 4096), 0);
  EXPECT_EQ(text(take() / "mapped")[0], 'd');
}

}  // namespace
}  // namespace holdfast
