// What a worker meets when the store refuses, fails, loses answers, damages what it serves, or is
// away: real processes, a real S3 server, and a proxy between them that misbehaves.
#include <sys/mount.h>

#include <cstdlib>

#include "fault/storage_fixture.h"

namespace holdfast::test {
namespace {

class StorageFaultsTest : public StorageFixture {
 protected:
  // Kills a worker of `steps` steps once it has committed `generation`.
  void kill_at_generation(int generation, int steps) {
    const auto first = start("first", steps);
    ASSERT_TRUE(first->says("generation=" + std::to_string(generation), kSoon)) << first->output();
    first->kill();
  }
};

TEST_F(StorageFaultsTest, AResultThatTheStoreRefusesIsNoFailureAndIsStoredByTheNextWorker) {
  proxy_->add({{"PUT", "/attempts/1/outputs"}, HttpFault::answer, 403, kAlways});
  const auto first = start("first", 10);
  ASSERT_TRUE(first->says("result not stored", kLong)) << first->output();
  EXPECT_NE(first->output().find("error result not stored"), std::string::npos)
      << "a person has to act: " << first->output();
  first->signal(SIGTERM);
  EXPECT_EQ(first->ends(kLong), 0) << first->output();
  EXPECT_EQ(newest_record().state, JobState::waiting);
  proxy_->heal();
  finish_with_another(10);
}

// Every request, as when a key is taken away and given back.
TEST_F(StorageFaultsTest, AStoreThatRefusesEverythingForAWhileLosesNoResult) {
  const auto only = start("only", 10);
  ASSERT_TRUE(only->says("generation=1", kSoon)) << only->output();
  for (const char* method : {"PUT", "GET"}) {
    proxy_->add({{method, ""}, HttpFault::answer, 403, kAlways});
  }
  ASSERT_TRUE(only->says("result not stored", kLong)) << only->output();
  proxy_->heal();
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  expect_completed("10");
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

TEST_F(StorageFaultsTest, AListingAndACheckpointThatAnswer500AreAskedForAgain) {
  kill_at_generation(3, 20);
  proxy_->add({{"GET", "list-type=2"}, HttpFault::answer, 500, 5});
  proxy_->add({{"GET", "/manifests/"}, HttpFault::answer, 500, 5});
  proxy_->add({{"GET", "/chunks/"}, HttpFault::answer, 500, 5});
  finish_with_another(20);
  EXPECT_TRUE(proxy_->wait_for_hits(15, kSoon));
}

TEST_F(StorageFaultsTest, WritesThatAreTooFastForTheStoreAreRepeated) {
  proxy_->add({{"PUT", ""}, HttpFault::answer, 429, 12});
  const auto only = start("only", 10);
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  expect_completed("10");
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

TEST_F(StorageFaultsTest, WritesThatAreAppliedAndWhoseAnswersAreLostCountOnce) {
  for (const char* part : {"/chunks/", "/manifests/", "/log/", "/outputs/", "/outputs.json"}) {
    proxy_->add({{"PUT", part}, HttpFault::lose_answer, 0, 2});
  }
  const auto only = start("only", 20);
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  EXPECT_TRUE(proxy_->wait_for_hits(10, kSoon));
  expect_completed("20");
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

TEST_F(StorageFaultsTest, ATruncatedBodyIsAskedForAgain) {
  kill_at_generation(3, 20);
  const std::string newest = std::to_string(newest_record().generation.value);
  proxy_->add({{"GET", "/manifests/"}, HttpFault::truncate, 0, 2});
  proxy_->add({{"GET", "/chunks/"}, HttpFault::truncate, 0, 2});
  const auto second = start("second", 20);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_TRUE(proxy_->wait_for_hits(4, kSoon));
  const std::string& said = second->output();
  EXPECT_NE(said.find("checkpoint restored job=" + job_ + " attempt=2 generation=" + newest),
            std::string::npos)
      << said;
  expect_completed("20");
}

TEST_F(StorageFaultsTest, ABodyThatIsDamagedOnTheWayIsAskedForAgain) {
  kill_at_generation(3, 20);
  const std::string newest = std::to_string(newest_record().generation.value);
  proxy_->add({{"GET", "/manifests/"}, HttpFault::damage, 0, 1});
  proxy_->add({{"GET", "/chunks/"}, HttpFault::damage, 0, 1});
  const auto second = start("second", 20);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_TRUE(proxy_->wait_for_hits(2, kSoon));
  const std::string& said = second->output();
  EXPECT_NE(said.find("checkpoint restored job=" + job_ + " attempt=2 generation=" + newest),
            std::string::npos)
      << said;
  expect_completed("20");
}

TEST_F(StorageFaultsTest, ACheckpointThatIsServedDamagedIsSteppedOver) {
  kill_at_generation(3, 20);
  const Record newest = newest_record();
  ASSERT_EQ(newest.checkpoints.size(), 3u);
  // What only the newest one names.
  const auto folder = std::filesystem::temp_directory_path();
  const KeptTree before = restorer().read(newest.checkpoints.at(1), folder);
  const KeptTree last = restorer().read(newest.checkpoints.at(0), folder);
  for (const auto number : last.chunks->numbers()) {
    const Chunk chunk = last.chunks->at(number).chunk;
    if (before.chunks->find(chunk.digest)) continue;
    proxy_->add({{"GET", chunk.name}, HttpFault::damage, 0, kAlways});
  }
  const auto second = start("second", 20);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  const std::string& said = second->output();
  EXPECT_NE(said.find("checkpoint found damaged"), std::string::npos) << said;
  EXPECT_NE(said.find("checkpoint restored job=" + job_ + " attempt=2 generation=" +
                      std::to_string(newest.checkpoints.at(1).generation.value)),
            std::string::npos)
      << said;
  EXPECT_FALSE(began_anew(said)) << said;
  proxy_->heal();
  expect_completed("20");
}

TEST_F(StorageFaultsTest, WhileTheStoreIsAwayTheProgramComputesOn) {
  const bool long_test = std::getenv("HOLDFAST_TEST_LONG") != nullptr;
  // The short one lasts longer than one request is repeated (20 s), or it would show nothing.
  const std::chrono::seconds outage(long_test ? 300 : 23);
  constexpr int kStepsASecond = 5;
  const int steps = kStepsASecond * (static_cast<int>(outage.count()) + 5);
  const auto only = start("only", steps, 1000 / kStepsASecond, 16);
  ASSERT_TRUE(only->says("generation=2", kSoon)) << only->output();
  const std::size_t before = steps_in(only->output());
  proxy_->set_away(true);
  EXPECT_FALSE(only->says("job completed", outage)) << only->output();
  const std::size_t meanwhile = steps_in(only->output()) - before;
  EXPECT_GE(meanwhile, static_cast<std::size_t>(outage.count())) << only->output();
  proxy_->set_away(false);
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  expect_completed(std::to_string(steps));
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

// A file system of so many bytes, as long as it lives.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& where, const std::string& bytes) : where_(where) {
    std::filesystem::create_directories(where_);
    made_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, ("size=" + bytes).c_str()) == 0;
  }
  ~SmallDisk() { ::umount2(where_.c_str(), MNT_DETACH); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool made() const { return made_; }

 private:
  std::filesystem::path where_;
  bool made_ = false;
};

TEST_F(StorageFaultsTest, ADiskThatIsFullWhileASnapshotIsTakenCostsNothingButThatSnapshot) {
  const SmallDisk disk(fleet_.folder() / "only", "24m");
  ASSERT_TRUE(disk.made()) << "mounting a small file system needs root";
  const auto only = start_script("only", R"(
    head -c 14M /dev/urandom > large; read _ < $GO
    echo computes on; head -c 1M /dev/urandom > large; read _ < $GO
    echo 20 > $HOLDFAST_OUTPUT_DIR/result.txt)");
  ASSERT_TRUE(only->says("snapshot failed", kSoon)) << only->output();
  EXPECT_TRUE(only->says("No space left on device", kSoon)) << only->output();
  let_go();
  ASSERT_TRUE(only->says("computes on", kSoon)) << only->output();
  const std::string next = " generation=" + std::to_string(newest_record().generation.value + 1);
  ASSERT_TRUE(only->says(next, kSoon)) << only->output();
  let_go();
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  expect_completed("20\n");
  EXPECT_EQ(newest_record().attempt.value, 1u);
}

TEST_F(StorageFaultsTest, ADirectoryThatGrowsFasterThanTheLineHoldsUpNothingAndStaysBounded) {
  constexpr int kSteps = 40;
  constexpr int kStepKib = 512;
  constexpr std::uint64_t kAllBytes = std::uint64_t{kSteps} * kStepKib * 1024;
  const RequestMatch chunks{"PUT", "/chunks/"};
  proxy_->limit_uplink(1024 * 1024);
  {
    // Longer, so that it does not end before the line has carried its second checkpoint.
    const auto first = start("first", 4 * kSteps, 100, kStepKib);
    ASSERT_TRUE(first->says("generation=2", kSoon)) << first->output();
    first->kill();
  }
  const auto second = start("second", kSteps, 100, kStepKib);
  ASSERT_TRUE(second->says("task ended", kLong)) << second->output();
  EXPECT_LT(proxy_->body_bytes(chunks), kAllBytes) << "the task was held up";
  proxy_->limit_uplink(0);
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_FALSE(began_anew(second->output())) << second->output();
  // Saved, being saved, waiting, being taken.
  const std::string most = "snapshots at most: ";
  const std::size_t at = second->output().find(most);
  ASSERT_NE(at, std::string::npos) << second->output();
  EXPECT_LE(std::stoi(second->output().substr(at + most.size())), 4);
  expect_completed(std::to_string(kSteps));
}

}  // namespace
}  // namespace holdfast::test
