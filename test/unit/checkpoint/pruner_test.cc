// Removal without lock or clock: whoever removes, however late, the newest committed checkpoint
// always restores.
#include "checkpoint/pruner.h"

#include "checkpoint_room.h"
#include "ports/forwarding_store.h"

namespace holdfast {
namespace {

class PrunerTest : public CheckpointRoom {};

TEST_F(PrunerTest, WhatOnlyTheRetiredOneNamedIsGoneAndTheRestStays) {
  write("same", bytes_of(kChunkBytes, 1));
  write("state", bytes_of(kChunkBytes, 2));
  Saver first = saver(1);
  const CheckpointRef old = save(first, 1).ref;
  write("state", bytes_of(kChunkBytes, 3));
  const CheckpointRef newest = save(first, 2).ref;
  prune(store_, clock_, layout_, old, first.newest().keys);
  EXPECT_EQ(keys_with("/chunks/").size(), 2u);
  EXPECT_EQ(keys_with("/manifests/").size(), 1u);
  ASSERT_TRUE(restore({newest}));
  EXPECT_EQ(tree(restored()), tree(work()));
}

TEST_F(PrunerTest, ARemovalThatBrokeOffAnywhereCanBeRepeated) {
  write("state", bytes_of(3 * kChunkBytes, 2));
  Saver first = saver(1);
  const CheckpointRef old = save(first, 1).ref;
  write("state", bytes_of(3 * kChunkBytes, 3));
  save(first, 2);
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t n = 0; n < 4; ++n) {
      store_.plan(n, fault);
      EXPECT_EQ(kind_thrown_by([&] { prune(store_, clock_, layout_, old, first.newest().keys); }),
                ErrorKind::unavailable);
    }
  }
  prune(store_, clock_, layout_, old, first.newest().keys);
  EXPECT_EQ(keys_with("/chunks/").size(), 3u);
  EXPECT_EQ(keys_with("/manifests/").size(), 1u);
}

TEST_F(PrunerTest, WhatAKilledAttemptLeftIsSweptByTheNextAndNothingElse) {
  write("state", bytes_of(2 * kChunkBytes, 1));
  Saver first = saver(1);
  const CheckpointRef committed = save(first, 1).ref;
  KeptTree parent = tree_of(committed);
  write("state", bytes_of(2 * kChunkBytes, 2));
  save(first, 2);  // Never committed: its worker was killed.
  write("state", bytes_of(2 * kChunkBytes, 3));
  store_.plan(1, Fault::refused);
  EXPECT_EQ(kind_thrown_by([&] { save(first, 3); }), ErrorKind::unavailable);
  ASSERT_EQ(keys_with("/chunks/1/").size(), 5u);

  Saver second = saver(12, std::move(parent));
  write("other", bytes_of(kChunkBytes, 4));
  const CheckpointRef newest = save(second, 2).ref;
  KeySet kept = keys(newest);
  kept.add(keys(committed));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(sweep(store_, clock_, layout_, {12}, kept, stop.get_token()), 0u);
  EXPECT_EQ(sweep(store_, clock_, layout_, {12}, kept, {}), 4u);
  EXPECT_EQ(keys_with("/chunks/1/").size(), 2u);
  EXPECT_EQ(keys_with("/manifests/").size(), 2u);
  ASSERT_TRUE(restore({newest}));
  EXPECT_EQ(tree(restored()), tree(work()));
  ASSERT_TRUE(restore({committed}));
  // Its own and later attempts' are not its business.
  EXPECT_EQ(sweep(store_, clock_, layout_, {1}, {}, {}), 0u);
}

// Removals arrive later, one by one and in any order: between them, and between them and the
// reading of what they spare, anything may happen.
class LateRemovals final : public ForwardingStore {
 public:
  LateRemovals(Store& inner, Random& random) : ForwardingStore(inner), random_(random) {}

  void remove(const std::string& key, TimePoint) override { on_their_way_.push_back(key); }
  // One of those on their way arrives.
  void arrive(TimePoint deadline) {
    if (on_their_way_.empty()) return;
    const auto which =
        on_their_way_.begin() + static_cast<std::ptrdiff_t>(random_.below(on_their_way_.size()));
    inner_.remove(*which, deadline);
    on_their_way_.erase(which);
    arrived_ += 1;
  }
  std::size_t arrived() const { return arrived_; }

 private:
  Random& random_;
  std::vector<std::string> on_their_way_;
  std::size_t arrived_ = 0;
};

// A job's log and its attempts, of which each may go on long after it was superseded. Each step is
// one that a worker can make: save, commit if it owns the job, begin to remove what it retired, or
// one removal that arrives, at any time.
class ManyAttempts {
 public:
  ManyAttempts(Store& store, const Clock& clock, const StoreLayout& layout, fs::path folder,
               std::uint64_t seed)
      : store_(store), clock_(clock), layout_(layout), folder_(std::move(folder)), random_(seed) {
    claim();
  }

  void step() {
    Attempt& attempt = *attempts_[random_.below(attempts_.size())];
    switch (random_.below(15)) {
      case 9:
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
        late_.arrive(clock_.now() + std::chrono::hours(1));
        break;
      case 8:
        sweep_before(attempt);
        break;
      case 0:
        claim();
        break;
      case 1:
      case 2:
      case 3:
        save(attempt);
        break;
      case 4:
      case 5:
        commit(attempt);
        break;
      default:
        retire(attempt);
        break;
    }
  }

  const std::vector<CheckpointRef>& log() const { return log_; }
  const std::string& newest_content() const { return newest_content_; }
  std::size_t removed() const { return late_.arrived(); }

 private:
  static constexpr std::size_t kKept = 2;
  // So that a few files are a tree of several levels.
  static constexpr PageLimits kSmallPages{4, 8, 1024, 2};

  struct Attempt {
    AttemptNumber number;
    Saver saver;
    std::vector<CheckpointRef> log;  // As it knows it.
    std::optional<SavedCheckpoint> saved;
    std::string content;
    std::vector<CheckpointRef> to_retire;
  };

  void claim() {
    KeptTree parent;
    if (!log_.empty()) {
      parent = Restorer(store_, clock_, layout_, 1).read(log_.front(), folder_.parent_path());
    }
    const AttemptNumber number{attempts_.size() + 1};
    attempts_.push_back(std::make_unique<Attempt>(
        Attempt{number,
                Saver(store_, clock_, layout_, number, std::move(parent), 1, kSmallPages),
                log_,
                {},
                {},
                {}}));
  }

  // A few files of few contents, so that contents come back and are shared.
  void save(Attempt& attempt) {
    if (attempt.saved) return;
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    attempt.content.clear();
    // Names that come and go, so that pages change, too.
    for (int more = 0; more < 30; ++more) {
      if (random_.below(8) == 0) continue;
      std::ofstream(folder_ / ("more-" + std::to_string(more))) << random_.below(3);
    }
    for (int file = 0; file < 4; ++file) {
      const std::uint64_t which = random_.below(6);
      attempt.content += std::to_string(which);
      const std::size_t size = which < 3 ? 100 : kPackedFileBytesMax + 100;
      std::ofstream(folder_ / std::to_string(file))
          << std::string(size, static_cast<char>('a' + which));
    }
    if (random_.below(4) == 0) {  // Breaks off at some chunk, and is tried with other content.
      std::stop_source stop;
      stop.request_stop();
      static_cast<void>(attempt.saver.save(folder_, next(attempt), stop.get_token()));
      return;
    }
    attempt.saved = attempt.saver.save(folder_, next(attempt), {});
  }

  static Generation next(const Attempt& attempt) {
    return {attempt.log.empty() ? 1 : attempt.log.front().generation.value + 1};
  }

  void commit(Attempt& attempt) {
    if (!attempt.saved) return;
    const bool owner = attempt.number.value == attempts_.size();
    if (!owner) return;  // Refused: it goes on not knowing, and may still remove.
    attempt.log.insert(attempt.log.begin(), attempt.saved->ref);
    attempt.saved.reset();
    while (attempt.log.size() > kKept) {
      attempt.to_retire.push_back(attempt.log.back());
      attempt.log.pop_back();
    }
    log_ = attempt.log;
    newest_content_ = attempt.content;
  }

  void sweep_before(Attempt& attempt) {
    try {
      sweep(late_, clock_, layout_, attempt.number, needed_by(attempt), {});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
    }
  }

  KeySet needed_by(const Attempt& attempt) {
    KeySet needed = attempt.saver.newest().keys;
    for (const CheckpointRef& ref : attempt.log) {
      needed.add(keys_of(store_, clock_, layout_, ref));
    }
    return needed;
  }

  // As Transfer does it.
  void retire(Attempt& attempt) {
    if (attempt.to_retire.empty()) return;
    const CheckpointRef retired = attempt.to_retire.back();
    try {
      prune(late_, clock_, layout_, retired, needed_by(attempt));
      attempt.to_retire.pop_back();
    } catch (const Error& error) {
      // What it keeps was retired by its successors meanwhile.
      if (error.kind() != ErrorKind::corrupt) throw;
    }
  }

  Store& store_;
  const Clock& clock_;
  const StoreLayout layout_;
  const fs::path folder_;
  Random random_;
  LateRemovals late_{store_, random_};
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<CheckpointRef> log_;  // The truth.
  std::string newest_content_;
};

TEST_F(PrunerTest, WhoeverRemovesHoweverLateTheNewestCommittedCheckpointRestores) {
  std::size_t checkpoints = 0;
  std::size_t removed = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    MemoryStore memory;
    ManyAttempts attempts(memory, clock_, layout_, folder_.path() / "many", seed);
    for (int step = 0; step < 100; ++step) {
      attempts.step();
      if (attempts.log().empty()) continue;
      ++checkpoints;
      // Each kept one is whole, not only the newest.
      Restorer restorer(memory, clock_, layout_, 1);
      for (const CheckpointRef& ref : attempts.log()) {
        for (const Chunk& chunk : chunks_of(restorer.read(ref, folder_.path()))) {
          ASSERT_TRUE(memory.get(layout_.chunk(chunk.attempt, chunk.name), kChunkBytes, kSoon))
              << "seed " << seed << " step " << step;
        }
      }
      if (step % 20 != 19) continue;
      ASSERT_TRUE(restorer.restore({attempts.log().front()}, restored(), {}));
      std::string content;
      for (int file = 0; file < 4; ++file) {
        content += static_cast<char>(
            read_file(restored() / std::to_string(file), kChunkBytes)->front() - 'a' + '0');
      }
      ASSERT_EQ(content, attempts.newest_content()) << "seed " << seed << " step " << step;
    }
    removed += attempts.removed();
  }
  EXPECT_GT(checkpoints, 1000u);
  EXPECT_GT(removed, 500u);
}

}  // namespace
}  // namespace holdfast
