// What a person is told of a job's checkpoints, and that pruning removes what none of them needs
// and nothing else, whatever the job does meanwhile.
#include "operate/kept_checkpoints.h"

#include "core/transition.h"
#include "joblog/job_log.h"
#include "unit/checkpoint/checkpoint_room.h"

namespace holdfast {
namespace {

class KeptCheckpointsTest : public CheckpointRoom {
 protected:
  void append(const JobLog::Step& step) {
    log_.read(kSoon);
    ASSERT_EQ(log_.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  void claim() {
    append([](const auto& before) { return claimed(before, {"id-1", "pc-1", "m1"}); });
  }
  void commit(const CheckpointRef& ref) {
    append([&](const auto& before) { return checkpointed(*before, ref, {}, 2); });
  }
  void hand_back() {
    append([](const auto& before) {
      return handed_back(*before, {before->attempt, Ending::interrupted, "pc-1", "", ""});
    });
  }
  Record newest() { return *log_.read(kSoon); }
  std::optional<Unneeded> prune(Pruning pruning) {
    return prune_job(store_, clock_, *JobId::parse("train-7"), pruning, {});
  }
  // One committed checkpoint, and one that was stored and never committed.
  void commit_one_and_leave_another() {
    claim();
    write("state", bytes_of(kChunkBytes, 1));
    Saver first = saver(1);
    commit(save(first, 1).ref);
    expected_ = tree(work());
    write("state", bytes_of(kChunkBytes, 2));
    save(first, 2);
    ASSERT_EQ(keys_with("/chunks/").size(), 2u);
  }
  void expect_whole() {
    ASSERT_TRUE(restore(newest().checkpoints));
    EXPECT_EQ(tree(restored()), expected_);
  }

  const JobId id_ = *JobId::parse("train-7");
  JobLog log_{memory_, clock_, id_};
  std::map<std::string, std::string> expected_;
};

TEST_F(KeptCheckpointsTest, EachIsListedWithTheTimeOfItsCommit) {
  claim();
  write("state", "1");
  Saver first = saver(1);
  commit(save(first, 1).ref);
  write("state", "2");
  commit(save(first, 2).ref);
  hand_back();
  const auto kept = kept_checkpoints(store_, clock_, id_, newest());
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].ref.generation.value, 2u);
  EXPECT_EQ(kept[1].ref.generation.value, 1u);
  for (const KeptCheckpoint& one : kept) EXPECT_EQ(one.when, "1970-01-02T01:00:00Z");
}

TEST_F(KeptCheckpointsTest, VerifyingTellsTheWholeFromTheDamaged) {
  claim();
  write("state", bytes_of(2 * kChunkBytes, 1));
  Saver first = saver(1);
  commit(save(first, 1).ref);
  write("more", bytes_of(kChunkBytes, 2));
  commit(save(first, 2).ref);
  const std::string newer = sha256(bytes_of(kChunkBytes, 2)).hex();
  ASSERT_EQ(keys_with(newer).size(), 1u);
  std::string bytes = stored(keys_with(newer)[0]);
  bytes[bytes.size() / 2] ^= 1;
  memory_.damage(keys_with(newer)[0], bytes);
  auto kept = kept_checkpoints(store_, clock_, id_, newest());
  for (KeptCheckpoint& one : kept) verify(store_, clock_, id_, one, {});
  EXPECT_TRUE(kept[0].verified && kept[1].verified);
  EXPECT_NE(kept[0].damage.find(newer), std::string::npos) << kept[0].damage;
  EXPECT_EQ(kept[1].damage, "");
}

TEST_F(KeptCheckpointsTest, AStoreThatIsAwayIsNoDamage) {
  commit_one_and_leave_another();
  auto kept = kept_checkpoints(store_, clock_, id_, newest());
  memory_.go_away();
  EXPECT_EQ(kind_thrown_by([&] { verify(store_, clock_, id_, kept[0], {}); }),
            ErrorKind::unavailable);
}

TEST_F(KeptCheckpointsTest, WhatAnEndedAttemptLeftGoesAndTheCheckpointStays) {
  commit_one_and_leave_another();
  hand_back();
  const auto would = prune(Pruning::only_count);
  EXPECT_EQ(would->objects, 2u);
  EXPECT_GE(would->bytes, kChunkBytes);
  EXPECT_EQ(keys_with("/chunks/").size(), 2u) << "it was only to count";
  EXPECT_EQ(prune(Pruning::remove)->objects, 2u);
  EXPECT_EQ(prune(Pruning::remove)->objects, 0u);
  EXPECT_EQ(keys_with("/chunks/").size(), 1u);
  EXPECT_EQ(keys_with("/manifests/").size(), 1u);
  expect_whole();
}

TEST_F(KeptCheckpointsTest, WhatARunningAttemptStoresIsLeftAlone) {
  commit_one_and_leave_another();
  EXPECT_EQ(prune(Pruning::remove)->objects, 0u) << "it may still be committed";
  EXPECT_EQ(keys_with("/chunks/").size(), 2u);
}

TEST_F(KeptCheckpointsTest, UploadsInPartsThatNobodyCanFinishAreAbandonedAndThoseOfAnOwnerAreNot) {
  commit_one_and_leave_another();
  memory_.leave_unfinished({layout_.attempt_output({1}, "large.bin"), "upload-1"});
  EXPECT_EQ(prune(Pruning::remove)->uploads, 0u) << "its owner may be at it";
  hand_back();
  EXPECT_EQ(prune(Pruning::only_count)->uploads, 1u);
  EXPECT_EQ(prune(Pruning::remove)->uploads, 1u);
  EXPECT_EQ(prune(Pruning::remove)->uploads, 0u);
}

TEST_F(KeptCheckpointsTest, TheLogTheOutputsAndWhatWasPrintedStay) {
  commit_one_and_leave_another();
  const std::string kept[] = {layout_.log_segment({1}, 0), layout_.attempt_output({1}, "x"),
                              layout_.output("result.txt"), layout_.job()};
  for (const std::string& key : kept) memory_.put(key, "x", sha256("x"), kSoon);
  hand_back();
  prune(Pruning::remove);
  for (const std::string& key : kept) EXPECT_EQ(stored(key), "x") << key;
  EXPECT_EQ(newest().number, 3u);
}

TEST_F(KeptCheckpointsTest, AnAttemptThatClaimsAndCommitsMeanwhileLosesNothing) {
  commit_one_and_leave_another();
  hand_back();
  bool once = true;
  store_.before_write = [&](const std::string&) {
    if (!std::exchange(once, false)) return;
    claim();
    KeptTree parent = tree_of(newest().checkpoints.front());
    write("state", bytes_of(kChunkBytes, 1));
    write("more", bytes_of(kChunkBytes, 3));
    Saver second(memory_, clock_, layout_, {2}, std::move(parent), 1);
    commit(save(second, 2).ref);
    expected_ = tree(work());
  };
  EXPECT_EQ(prune(Pruning::remove)->objects, 2u);
  EXPECT_FALSE(once);
  EXPECT_EQ(newest().generation.value, 2u);
  expect_whole();
}

TEST_F(KeptCheckpointsTest, ACheckpointThatRetiresMeanwhileIsNoDamage) {
  commit_one_and_leave_another();
  Saver first = saver(1);
  bool once = true;
  store_.before_read = [&](const std::string& key) {
    if (key.find("/manifests/") == std::string::npos || !std::exchange(once, false)) return;
    const Record before = newest();
    for (std::uint64_t generation : {3, 4}) {
      write("state", bytes_of(kChunkBytes, generation));
      Saver next(memory_, clock_, layout_, {1}, {}, 1);
      commit(save(next, generation).ref);
    }
    for (const std::string& old : keys_with("/manifests/1/1-")) memory_.remove(old, kSoon);
    expected_ = tree(work());
  };
  EXPECT_EQ(prune(Pruning::remove)->objects, 0u);
  EXPECT_FALSE(once);
  expect_whole();
}

TEST_F(KeptCheckpointsTest, AJobWithADamagedManifestIsLeftAlone) {
  commit_one_and_leave_another();
  hand_back();
  memory_.damage(keys_with("/manifests/1/1-")[0], "no manifest");
  EXPECT_EQ(kind_thrown_by([&] { prune(Pruning::remove); }), ErrorKind::corrupt);
  EXPECT_EQ(keys_with("/chunks/").size(), 2u);
}

TEST_F(KeptCheckpointsTest, WithoutALogNothingIsKnownToBeUnneeded) {
  EXPECT_EQ(prune(Pruning::remove), std::nullopt);
}

}  // namespace
}  // namespace holdfast
