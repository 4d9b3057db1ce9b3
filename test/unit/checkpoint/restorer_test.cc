// What comes out is what went in, or the checkpoint before, or an error: never a fresh start.
#include "checkpoint/restorer.h"

#include <unistd.h>

#include "checkpoint_room.h"

namespace holdfast {
namespace {

class RestorerTest : public CheckpointRoom {
 protected:
  // Two generations: "state" says which, "same" is in both, "large" is cut into chunks.
  RestorerTest() {
    Saver first = saver(1);
    write("same", "same");
    write("state", "one");
    write("large", bytes_of(kChunkBytes + 100, 1));
    refs_.push_back(save(first, 1).ref);
    write("state", "two");
    write("large", bytes_of(kChunkBytes + 100, 2));
    refs_.insert(refs_.begin(), save(first, 2).ref);
  }
  std::string restored_state() const { return *read_file(restored() / "state", 100); }
  std::string manifest_key(const CheckpointRef& ref) const {
    return layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest);
  }
  // Chunks that only the newest generation names.
  std::vector<std::string> newest_chunks() {
    std::set<std::string> old;
    for (const Chunk& chunk : chunks_of(tree_of(refs_[1]))) old.insert(chunk.name);
    std::vector<std::string> keys;
    for (const Chunk& chunk : chunks_of(tree_of(refs_[0]))) {
      if (!old.contains(chunk.name)) keys.push_back(layout_.chunk(chunk.attempt, chunk.name));
    }
    return keys;
  }

  std::vector<CheckpointRef> refs_;  // Newest first.
};

TEST_F(RestorerTest, TheNewestComesBackByteForByte) {
  ASSERT_TRUE(restore(refs_));
  EXPECT_EQ(tree(restored()), tree(work()));
}

TEST_F(RestorerTest, WhatStoodInTheDirectoryIsGone) {
  fs::create_directories(restored() / "old/folder");
  std::ofstream(restored() / "state") << "left over";
  ASSERT_TRUE(restore(refs_));
  EXPECT_EQ(tree(restored()), tree(work()));
}

TEST_F(RestorerTest, ADamagedChunkOfTheNewestMakesItStepBack) {
  const std::vector<std::string> chunks = newest_chunks();
  ASSERT_GE(chunks.size(), 3u);
  for (const std::string& key : chunks) {
    const std::string sound = stored(key);
    std::string flipped = sound;
    flipped[flipped.size() / 2] ^= 1;
    for (const std::string& damaged :
         {flipped, sound.substr(0, sound.size() - 1), std::string(), sound + "x"}) {
      if (damaged.size() > kChunkBytes) continue;
      memory_.damage(key, damaged);
      const auto step_back = restore(refs_);
      ASSERT_TRUE(step_back);
      EXPECT_EQ(step_back->ref.generation.value, 1u) << key;
      EXPECT_EQ(restored_state(), "one");
    }
    memory_.remove(key, kSoon);
    EXPECT_EQ(restore(refs_)->ref.generation.value, 1u) << key;
    memory_.damage(key, sound);
    EXPECT_EQ(restore(refs_)->ref.generation.value, 2u);
  }
}

TEST_F(RestorerTest, AChunkThatGrewBeyondAllBoundsMakesItStepBack) {
  memory_.damage(newest_chunks().front(), std::string(kChunkBytes + 1, 'x'));
  EXPECT_EQ(restore(refs_)->ref.generation.value, 1u);
}

TEST_F(RestorerTest, ADamagedOrMissingManifestMakesItStepBack) {
  const std::string key = manifest_key(refs_.front());
  const std::string sound = stored(key);
  for (const std::string& damaged :
       {std::string(), std::string("{}"), sound + " ", sound.substr(0, 100), std::string("\xff")}) {
    memory_.damage(key, damaged);
    EXPECT_EQ(restore(refs_)->ref.generation.value, 1u);
  }
  memory_.remove(key, kSoon);
  EXPECT_EQ(restore(refs_)->ref.generation.value, 1u);
}

TEST_F(RestorerTest, AManifestOfAnotherGenerationIsNotTakenForTheNewest) {
  memory_.damage(manifest_key(refs_[0]), stored(manifest_key(refs_[1])));
  EXPECT_EQ(restore(refs_)->ref.generation.value, 1u);
}

TEST_F(RestorerTest, WhenNoneVerifiesItIsCorruptAndEachDamageIsNamed) {
  for (const CheckpointRef& ref : refs_) memory_.damage(manifest_key(ref), "rubbish");
  try {
    restore(refs_);
    FAIL() << "restored from rubbish";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_NE(std::string(error.what()).find("generation 1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("generation 2"), std::string::npos) << error.what();
  }
}

TEST_F(RestorerTest, AnOutageAtAnyCallIsUnavailableAndNeverAStepBack) {
  for (std::size_t n = 0;; ++n) {
    store_.plan(n, Fault::refused);
    const auto kind = restoring(refs_);
    if (store_.pending()) {
      EXPECT_GE(n, 4u);
      break;
    }
    EXPECT_EQ(kind, ErrorKind::unavailable) << n;
  }
}

TEST_F(RestorerTest, AStopIsAnsweredAndLeavesNoHalf) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(Restorer(store_, clock_, layout_).restore(refs_, restored(), stop.get_token()));
}

TEST_F(RestorerTest, AStepBackIntoADirectoryThatForbidsWritingWorks) {
  fs::create_directory(work() / "read-only");
  write("read-only/f", "x");
  fs::permissions(work() / "read-only", fs::perms::owner_read | fs::perms::owner_exec);
  Saver next = saver(2, tree_of(refs_.front()));
  refs_.insert(refs_.begin(), save(next, 3).ref);
  ASSERT_TRUE(restore(refs_));
  EXPECT_EQ(tree(restored()), tree(work()));
  fs::permissions(work() / "read-only", fs::perms::owner_all);
  memory_.damage(manifest_key(refs_.front()), "rubbish");
  if (::geteuid() != 0) {
    EXPECT_EQ(restore(refs_)->ref.generation.value, 2u);
    return;
  }
  // Root is bound by no mode: be somebody else for a while.
  const uid_t nobody = 65534;
  for (const auto& item : fs::recursive_directory_iterator(folder_.path())) {
    ASSERT_EQ(::lchown(item.path().c_str(), nobody, nobody), 0);
  }
  ASSERT_EQ(::lchown(folder_.path().c_str(), nobody, nobody), 0);
  ASSERT_EQ(::seteuid(nobody), 0);
  const auto kind = restoring(refs_);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(kind, std::nullopt);
  EXPECT_EQ(restored_state(), "two");
}

TEST_F(RestorerTest, AForeignCheckpointIsBroughtAsItIsOrNotThere) {
  Restorer restorer(store_, clock_, layout_);
  EXPECT_FALSE(restorer.adopt("checkpoint.json", restored()));
  memory_.damage("train-7/checkpoint.json", R"({"step":350,"sum":61075})");
  EXPECT_TRUE(restorer.adopt("checkpoint.json", restored()));
  EXPECT_EQ(*read_file(restored() / "checkpoint.json", 100), R"({"step":350,"sum":61075})");
  memory_.fail_next(1);
  EXPECT_EQ(
      kind_thrown_by([&] { static_cast<void>(restorer.adopt("checkpoint.json", restored())); }),
      ErrorKind::unavailable);
}

}  // namespace
}  // namespace holdfast
