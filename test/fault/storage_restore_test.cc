// holdfast checkpoints restore at a store that fails, and ended by signals: the directory then
// holds nothing, since half a checkpoint looks like a whole one.
#include <signal.h>

#include "fault/storage_fixture.h"

namespace holdfast::test {
namespace {

class StorageRestoreTest : public StorageFixture {
 protected:
  // Of more chunks than are under way at once.
  void leave_a_checkpoint() {
    checkpoint_every_ = "1h";
    const auto worker = start_script(
        "first", "head -c 80000000 /dev/urandom > large; $HOLDFAST checkpoint; sleep 300");
    ASSERT_TRUE(worker->says("generation=1", kLong)) << worker->output();
    worker->kill();
  }
  std::string directory() const { return (fleet_.folder() / "look").string(); }
  std::vector<std::string> restore() const {
    return {"checkpoints", "restore", job_, "--to", directory()};
  }
  // Restoring, with as many chunks under way as there can be.
  std::unique_ptr<Program> start_restore_and_hold_it() {
    proxy_->add({{"GET", "/chunks/"}, HttpFault::hold_head, 0, kAlways});
    auto program = fleet_.start(restore());
    EXPECT_TRUE(proxy_->wait_for_hits(4, kSoon));
    EXPECT_FALSE(std::filesystem::is_empty(directory()));
    return program;
  }
};

TEST_F(StorageRestoreTest, AStoreThatFailsLeavesNothingInTheDirectory) {
  leave_a_checkpoint();
  proxy_->add({{"GET", "/chunks/"}, HttpFault::answer, 403, kAlways});
  fleet_.run(restore(), 4);
  EXPECT_TRUE(std::filesystem::is_empty(directory()));
  proxy_->heal();
  fleet_.run(restore());
  EXPECT_EQ(std::filesystem::file_size(directory() + "/large"), 80000000u);
}

TEST_F(StorageRestoreTest, ASignalEndsItAndLeavesNothingInTheDirectory) {
  leave_a_checkpoint();
  const auto program = start_restore_and_hold_it();
  program->signal(SIGTERM);
  ASSERT_TRUE(program->says("Stopping", kSoon)) << program->output();
  proxy_->heal();
  EXPECT_EQ(program->ends(kSoon), 128 + SIGTERM) << program->output();
  EXPECT_TRUE(std::filesystem::is_empty(directory()));
}

TEST_F(StorageRestoreTest, ASecondSignalEndsItAlsoWhereTheStoreHangs) {
  leave_a_checkpoint();
  const auto program = start_restore_and_hold_it();
  program->signal(SIGINT);
  ASSERT_TRUE(program->says("Stopping", kSoon)) << program->output();
  program->signal(SIGINT);
  EXPECT_EQ(program->ends(std::chrono::seconds(5)), 128 + SIGINT) << program->output();
}

}  // namespace
}  // namespace holdfast::test
