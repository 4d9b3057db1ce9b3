// What a killed attempt had sent is not sent again: the store copies it to where the new attempt
// may name it. What is copied is subject to every rule of what is sent.
#include "checkpoint/orphans.h"

#include "checkpoint_room.h"

namespace holdfast {
namespace {

constexpr std::size_t kChunks = 3;

class OrphansTest : public CheckpointRoom {
 protected:
  // Attempt `attempt` sends `sent` chunks and is killed.
  void send_and_die(std::uint64_t attempt, std::size_t sent) {
    Saver killed = saver(attempt);
    // Before its first save an attempt with predecessors lists what they left.
    store_.plan(sent + (attempt > 1 ? 1 : 0), Fault::refused);
    EXPECT_EQ(kind_thrown_by([&] { save(killed, 1); }), ErrorKind::unavailable);
  }

  void expect_comes_back(const CheckpointRef& ref) {
    ASSERT_TRUE(restore({ref}));
    EXPECT_EQ(tree(restored()), tree(work()));
  }

  void expect_all_of_attempt(std::uint64_t attempt, const KeptTree& tree) const {
    for (const Chunk& chunk : chunks_of(tree)) EXPECT_EQ(chunk.attempt.value, attempt);
  }
};

TEST_F(OrphansTest, WhatAKilledAttemptSentIsNotSentAgain) {
  write("large", bytes_of(kChunks * kChunkBytes, 1));
  send_and_die(1, 2);
  Saver second = saver(2);
  const SavedCheckpoint saved = save(second, 1);
  EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, WhatWasCopiedIsTheNewAttemptsOwnAndOutlivesTheSweep) {
  write("large", bytes_of(kChunks * kChunkBytes, 1));
  send_and_die(1, kChunks);
  Saver second = saver(2);
  const SavedCheckpoint saved = save(second, 1);
  EXPECT_EQ(saved.uploaded_bytes, 0u);
  expect_all_of_attempt(2, second.newest());
  EXPECT_EQ(sweep(store_, clock_, layout_, {2}, second.newest().keys, {}), kChunks);
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, WhatWasCompressedIsCopiedAsItIs) {
  write("large", std::string(kChunkBytes, 'a') + std::string(kChunkBytes, 'b'));
  send_and_die(1, 2);
  ASSERT_EQ(keys_with(".zst").size(), 2u);
  Saver second = saver(2);
  const SavedCheckpoint saved = save(second, 1);
  EXPECT_EQ(saved.uploaded_bytes, 0u);
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, SeveralKilledAttemptsAddUp) {
  write("large", bytes_of(kChunks * kChunkBytes, 1));
  send_and_die(1, 1);
  send_and_die(2, 2);
  Saver third = saver(3);
  const SavedCheckpoint saved = save(third, 1);
  EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
  expect_all_of_attempt(3, third.newest());
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, WhatIsGoneByThenIsSent) {
  write("large", bytes_of(2 * kChunkBytes, 1));
  send_and_die(1, 2);
  const std::vector<std::string> left = keys_with("/chunks/1/");
  Saver second = saver(2);
  store_.before_write = [&](const std::string&) {  // After they were found.
    for (const std::string& key : left) memory_.remove(key, kSoon);
  };
  const SavedCheckpoint saved = save(second, 1);
  EXPECT_EQ(saved.uploaded_bytes, 2 * kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, ACopyThatFailedOrWhoseAnswerWasLostHitsNothingThatIsSentLater) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    const std::uint64_t attempt = fault == Fault::refused ? 11 : 21;
    write("large", bytes_of(kChunks * kChunkBytes, attempt));
    send_and_die(attempt, 2);
    Saver next = saver(attempt + 1);
    store_.plan(2, fault);  // The listing, a copy, and then.
    EXPECT_EQ(kind_thrown_by([&] { save(next, 1); }), ErrorKind::unavailable);
    std::set<std::string> written;
    const std::vector<std::string> before = keys_with("/chunks/");
    store_.before_write = [&](const std::string& key) {
      const bool there = std::find(before.begin(), before.end(), key) != before.end();
      EXPECT_FALSE(there || !written.insert(key).second) << key << " is written twice";
    };
    const SavedCheckpoint saved = save(next, 1);
    store_.before_write = {};
    EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
    expect_comes_back(saved.ref);
  }
}

TEST_F(OrphansTest, OnlyWhatEarlierAttemptsLeftIsTaken) {
  write("large", bytes_of(2 * kChunkBytes, 1));
  Saver newer = saver(3);
  save(newer, 1);
  Saver cut_off = saver(2);  // It does not know yet that it is superseded.
  EXPECT_EQ(save(cut_off, 1).uploaded_bytes, 2 * kChunkBytes);
}

TEST_F(OrphansTest, OnceACheckpointIsStoredNothingIsLookedForAnyMore) {
  write("large", bytes_of(kChunkBytes, 1));
  send_and_die(1, 1);
  Saver second = saver(2);
  write("large", bytes_of(kChunkBytes, 2));
  save(second, 1);
  write("large", bytes_of(kChunkBytes, 1));
  const std::size_t copies = memory_.calls(MemoryStore::Call::copy);
  const SavedCheckpoint saved = save(second, 2);
  EXPECT_EQ(memory_.calls(MemoryStore::Call::copy), copies);
  expect_comes_back(saved.ref);
}

TEST_F(OrphansTest, DifferencesAndStrangersObjectsAreLeftAlone) {
  const std::string digest = sha256("x").hex();
  const std::string chunks = layout_.chunks_prefix();
  for (const char* name : {"1/short", "x/", "1/"}) memory_.damage(chunks + name, "x");
  memory_.damage(chunks + "1/" + digest + ".0123456789abcdef.delta", "x");
  memory_.damage(chunks + "x/" + digest, "x");
  memory_.damage(chunks + "1/" + digest + "-3.zst", "x");
  const Orphans found = find_orphans(store_, clock_, layout_, {2}, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.begin()->first, digest);
  EXPECT_EQ(found.begin()->second.form, ChunkForm::zstd);
}

}  // namespace
}  // namespace holdfast
