// Every command has exactly one answer, whatever goes wrong.
#include "worker/transfer.h"

#include "../checkpoint/checkpoint_room.h"
#include "ports/runner.h"

namespace holdfast {
namespace {

class TransferTest : public CheckpointRoom {
 protected:
  TransferAnswer carry_out(TransferCommand command) { return transfer_.carry_out(command); }

  TransferAnswer begin(std::uint64_t attempt, std::vector<CheckpointRef> checkpoints) {
    begun_.attempt = {attempt};
    return carry_out({Restore{begun_, std::move(checkpoints), "checkpoint.json", restored()}, {}});
  }
  TransferAnswer save(std::uint64_t generation) {
    return carry_out({Save{begun_, work(), {generation}}, {}});
  }
  static CheckpointRef ref(const TransferAnswer& answer) {
    return std::get<Saved>(answer).checkpoint.ref;
  }
  static std::optional<ErrorKind> failure(const TransferAnswer& answer) {
    const auto* failed = std::get_if<TransferFailed>(&answer);
    return failed == nullptr ? std::nullopt : std::optional(failed->kind);
  }

  Transfer transfer_{store_, clock_};
  AttemptOfJob begun_{*JobId::parse("train-7"), {1}};
};

TEST_F(TransferTest, AFreshJobBeginsWithNothing) {
  const TransferAnswer answer = begin(1, {});
  EXPECT_FALSE(std::get<Restored>(answer).resumed);
  EXPECT_FALSE(std::get<Restored>(answer).checkpoint);
}

TEST_F(TransferTest, ANewAttemptGoesOnFromTheNewestAndSendsOnlyWhatIsNew) {
  begin(1, {});
  write("large", bytes_of(2 * kChunkBytes, 1));
  const CheckpointRef first = ref(save(1));
  const TransferAnswer answer = begin(2, {first});
  EXPECT_TRUE(std::get<Restored>(answer).resumed);
  EXPECT_EQ(std::get<Restored>(answer).checkpoint, first);
  EXPECT_EQ(tree(restored()), tree(work()));
  EXPECT_EQ(std::get<Saved>(save(2)).checkpoint.uploaded_bytes, 0u);
}

TEST_F(TransferTest, AForeignCheckpointIsTakenOverOnlyWhereThereIsNoneOfOurs) {
  memory_.damage("train-7/checkpoint.json", "{}");
  EXPECT_TRUE(std::get<Restored>(begin(1, {})).resumed);
  EXPECT_TRUE(fs::exists(restored() / "checkpoint.json"));
  write("state", "x");
  const CheckpointRef ours = ref(save(1));
  begin(2, {ours});
  EXPECT_EQ(tree(restored()), tree(work()));
}

TEST_F(TransferTest, FailuresAreAnswersThatSayWhatCanBeDone) {
  memory_.go_away();
  EXPECT_EQ(failure(begin(1, {})), ErrorKind::unavailable);
  memory_.come_back();
  EXPECT_EQ(failure(begin(1, {{{1}, {1}, std::string(64, 'a'), 0}})), ErrorKind::corrupt);
  begin(1, {});
  EXPECT_EQ(failure(carry_out({Save{begun_, "/nowhere", {1}}, {}})), ErrorKind::rejected);
  EXPECT_TRUE(
      std::holds_alternative<OutputsRefused>(carry_out({StoreOutputs{begun_, "/nowhere"}, {}})));
  EXPECT_EQ(failure(carry_out({PublishOutputs{begun_, "x"}, {}})), ErrorKind::corrupt);
}

TEST_F(TransferTest, AForeignCheckpointTooLargeToBeOneIsTheJobsTroubleNotTheWorkers) {
  memory_.damage("train-7/checkpoint.json", std::string(65 * 1024 * 1024, 'x'));
  EXPECT_EQ(failure(begin(1, {})), ErrorKind::corrupt);
}

TEST_F(TransferTest, ARequestedStopIsAnswered) {
  begin(1, {});
  write("state", "x");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(std::holds_alternative<TransferStopped>(
      carry_out({Save{begun_, work(), {1}}, stop.get_token()})));
  EXPECT_TRUE(std::holds_alternative<TransferStopped>(
      carry_out({StoreOutputs{begun_, work()}, stop.get_token()})));
}

TEST_F(TransferTest, RetiringSparesWhatIsKeptAndWhatTheNextIsBuiltOn) {
  begin(1, {});
  std::vector<CheckpointRef> refs;
  for (std::uint64_t generation = 1; generation <= 4; ++generation) {
    write("state", bytes_of(kChunkBytes, generation));
    refs.push_back(ref(save(generation)));
  }
  // The fourth is stored and not committed yet.
  EXPECT_TRUE(std::holds_alternative<Retired>(
      carry_out({Retire{begun_, {refs[0]}, {refs[2], refs[1]}}, {}})));
  EXPECT_EQ(restoring({refs[0]}), ErrorKind::corrupt);
  for (int kept = 1; kept < 4; ++kept) EXPECT_TRUE(restore({refs[kept]})) << kept;
}

// Its answer was lost, or the store went away half-way through.
TEST_F(TransferTest, RetiringTwiceIsHarmless) {
  begin(1, {});
  std::vector<CheckpointRef> refs;
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    write("state", bytes_of(kChunkBytes, generation));
    refs.push_back(ref(save(generation)));
  }
  const TransferCommand retire{Retire{begun_, {refs[0], refs[1]}, {refs[2]}}, {}};
  EXPECT_TRUE(std::holds_alternative<Retired>(carry_out(retire)));
  EXPECT_TRUE(std::holds_alternative<Retired>(carry_out(retire)));
  EXPECT_TRUE(restore({refs[2]}));
}

TEST_F(TransferTest, TheFirstToRetireSweepsWhatKilledAttemptsLeft) {
  begin(1, {});
  write("state", bytes_of(kChunkBytes, 1));
  const CheckpointRef first = ref(save(1));
  write("state", bytes_of(kChunkBytes, 2));
  save(2);  // Its worker is killed before it is committed.
  begin(2, {first});
  write("state", bytes_of(kChunkBytes, 3));
  const CheckpointRef second = ref(save(2));
  write("state", bytes_of(kChunkBytes, 4));
  const CheckpointRef third = ref(save(3));
  EXPECT_TRUE(
      std::holds_alternative<Retired>(carry_out({Retire{begun_, {first}, {third, second}}, {}})));
  EXPECT_TRUE(keys_with("/chunks/1/").empty());
  EXPECT_TRUE(keys_with("/manifests/1/").empty());
  EXPECT_TRUE(restore({second}));
  EXPECT_TRUE(restore({third}));
}

TEST_F(TransferTest, OfACompletedJobOnlyTheKeptCheckpointsStayAndNoneBeforeItsResultIsThere) {
  begin(1, {});
  write("state", bytes_of(kChunkBytes, 1));
  const CheckpointRef first = ref(save(1));
  write("state", bytes_of(kChunkBytes, 2));
  const CheckpointRef second = ref(save(2));
  const auto stored = carry_out({StoreOutputs{begun_, work()}, {}});
  const std::string digest = std::get<OutputsStored>(stored).result.digest;
  PublishOutputs publish{begun_, digest, {second}, true};

  memory_.damage(layout_.attempt_output({1}, "state"), "rubbish");
  EXPECT_EQ(failure(carry_out({publish, {}})), ErrorKind::corrupt);
  EXPECT_TRUE(restore({first}));
  carry_out({StoreOutputs{begun_, work()}, {}});
  EXPECT_TRUE(std::holds_alternative<OutputsPublished>(carry_out({publish, {}})));
  EXPECT_EQ(restoring({first}), ErrorKind::corrupt);
  EXPECT_TRUE(restore({second}));
  publish.kept.clear();
  EXPECT_TRUE(std::holds_alternative<OutputsPublished>(carry_out({publish, {}})));
  EXPECT_TRUE(keys_with("/chunks/").empty());
  EXPECT_TRUE(keys_with("/manifests/").empty());
}

TEST_F(TransferTest, ThatOldCheckpointsCannotBeRemovedKeepsNoResultBack) {
  begin(1, {});
  write("state", "x");
  const CheckpointRef only = ref(save(1));
  const auto stored = carry_out({StoreOutputs{begun_, work()}, {}});
  memory_.damage(layout_.manifest({1}, {1}, only.manifest_digest), "rubbish");
  EXPECT_TRUE(std::holds_alternative<OutputsPublished>(carry_out(
      {PublishOutputs{begun_, std::get<OutputsStored>(stored).result.digest, {only}, true}, {}})));
}

TEST_F(TransferTest, WhatWasInTheOutputDirectoryComesBackWithTheCheckpoint) {
  const fs::path output = folder_.path() / "output";
  begin(1, {});
  write("state", "x");
  write(std::string(kOutputInSnapshot) + "/part-1.txt", "part 1");
  const CheckpointRef only = ref(save(1));
  begun_.attempt = {2};
  for (int i = 0; i < 2; ++i) {  // What an attempt before left there does not mix with it.
    fs::create_directories(output);
    std::ofstream(output / "stale") << "x";
    carry_out({Restore{begun_, {only}, "", restored(), output}, {}});
    EXPECT_EQ(read_file(output / "part-1.txt", 100), "part 1");
    EXPECT_FALSE(fs::exists(output / "stale"));
    EXPECT_FALSE(fs::exists(restored() / kOutputInSnapshot));
    EXPECT_EQ(read_file(restored() / "state", 100), "x");
  }
}

TEST_F(TransferTest, WithAKeptManifestThatIsDamagedNothingIsRemoved) {
  begin(1, {});
  write("state", "1");
  const CheckpointRef first = ref(save(1));
  write("state", "2");
  const CheckpointRef second = ref(save(2));
  memory_.damage(layout_.manifest({1}, {2}, second.manifest_digest), "rubbish");
  EXPECT_EQ(failure(carry_out({Retire{begun_, {first}, {second}}, {}})), ErrorKind::corrupt);
  EXPECT_TRUE(restore({first}));
}

// A job that ran again: attempt 1 is of its first epoch, attempt 2 of its second.
class EpochsTest : public TransferTest {
 protected:
  void publish_the_first() {
    begin(1, {});
    write("same", "old");
    write("folder/only-old", "x");
    first_ = {begun_, stored()};
    ASSERT_TRUE(published(first_));
    begin(2, {});
    fs::remove_all(work());
    write("same", "new");
    second_ = {begun_, stored(), {}, false, {2}};
  }
  std::string stored() {
    return std::get<OutputsStored>(carry_out({StoreOutputs{begun_, work()}, {}})).result.digest;
  }
  bool published(const PublishOutputs& what) {
    return std::holds_alternative<OutputsPublished>(carry_out({what, {}}));
  }
  std::string object(const std::string& key) {
    return memory_.get(key, 1000, clock_.now() + std::chrono::hours(1)).value_or("absent");
  }
  void expect_only_the_second() {
    EXPECT_EQ(object("train-7/same"), "new");
    EXPECT_EQ(object("train-7/folder/only-old"), "absent");
    for (const std::string& key : memory_.keys()) {
      EXPECT_FALSE(key.starts_with(".holdfast/train-7/attempts/1/")) << key;
    }
  }

  PublishOutputs first_{begun_, {}};
  PublishOutputs second_{begun_, {}};
};

TEST_F(EpochsTest, TheSecondResultReplacesTheFirstAndNothingOfItComesBackHoweverLate) {
  publish_the_first();
  EXPECT_EQ(object("train-7/folder/only-old"), "x");
  ASSERT_TRUE(published(second_));
  expect_only_the_second();
  EXPECT_EQ(failure(carry_out({first_, {}})), ErrorKind::corrupt);
  expect_only_the_second();
}

// A worker that is about to copy what the first attempt had stored finds it gone.
TEST_F(EpochsTest, WhatTheFirstPublishesWhileTheSecondDoesIsReplaced) {
  publish_the_first();
  bool late = false;
  store_.before_write = [&](const std::string& key) {
    if (key != "train-7/same" || std::exchange(late, true)) return;
    Transfer other(memory_, clock_);
    static_cast<void>(other.carry_out({first_, {}}));
  };
  ASSERT_TRUE(published(second_));
  EXPECT_TRUE(late);
  expect_only_the_second();
}

TEST_F(EpochsTest, BrokenOffAnywhereAndRepeatedTheSecondStandsAlone) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    bool broken = true;
    for (std::size_t call = 0; broken; ++call) {
      SCOPED_TRACE(call);
      fs::remove_all(work());
      for (const std::string& key : memory_.keys()) memory_.remove(key, TimePoint::max());
      publish_the_first();
      store_.plan(call, fault);
      broken = !published(second_);
      ASSERT_TRUE(!broken || published(second_));
      expect_only_the_second();
    }
  }
}

}  // namespace
}  // namespace holdfast
