#include "app/folder_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

// Runs `work` in a child process up to the point where it writes a byte; its number.
template <typename Work>
pid_t child_after(const Work& work) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    static_cast<void>(!::write(ends[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  ::close(ends[0]);
  ::close(ends[1]);
  return child;
}

TEST(FolderLock, AnotherProcessDoesNotGetItWhileItsHolderLives) {
  const TemporaryFolder folder;
  std::optional<FolderLock> kept;
  const pid_t child = child_after([&] { kept = FolderLock::try_lock(folder.path()); });
  EXPECT_FALSE(FolderLock::try_lock(folder.path()).has_value());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FolderLock::try_lock(folder.path()).has_value());
}

TEST(FolderLock, ItEndsWithItsProcessThoughAForkOfThatLivesOn) {
  const TemporaryFolder folder;
  std::optional<FolderLock> kept;
  int orphans[2] = {-1, -1};
  ASSERT_EQ(::pipe(orphans), 0);
  const pid_t child = child_after([&] {
    kept = FolderLock::try_lock(folder.path());
    const pid_t orphan = ::fork();
    if (orphan == 0) {
      ::close(orphans[1]);
      char byte = 0;
      static_cast<void>(!::read(orphans[0], &byte, 1));  // Until the test lets go of the pipe.
      ::_exit(0);
    }
  });
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FolderLock::try_lock(folder.path()).has_value());
  ::close(orphans[0]);
  ::close(orphans[1]);
}

}  // namespace
}  // namespace holdfast
