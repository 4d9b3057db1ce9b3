// What the tests of saver, restorer and pruner share: a store, a clock, a directory to save and one
// to restore to, and a way to tell whether two directories are alike.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "checkpoint/pruner.h"
#include "checkpoint/restorer.h"
#include "checkpoint/saver.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"

namespace holdfast {

namespace fs = std::filesystem;

class CheckpointRoom : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  CheckpointRoom() { fs::create_directory(work()); }

  fs::path work() const { return folder_.path() / "work"; }
  fs::path restored() const { return folder_.path() / "restored"; }

  void write(const std::string& name, std::string_view bytes) const {
    fs::create_directories((work() / name).parent_path());
    std::ofstream(work() / name, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  // Bytes that no other seed gives.
  static std::string bytes_of(std::size_t size, std::uint64_t seed) {
    Random random(seed);
    std::string bytes;
    bytes.reserve(size + 8);
    while (bytes.size() < size) {
      const std::uint64_t word = random.below(~std::uint64_t{0});
      bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    bytes.resize(size);
    return bytes;
  }

  Saver saver(std::uint64_t attempt, KeptTree parent = {}) {
    return Saver(store_, clock_, layout_, {attempt}, std::move(parent), width_, limits_);
  }
  // As an attempt has it that restored the checkpoint.
  KeptTree tree_of(const CheckpointRef& ref) {
    return Restorer(memory_, clock_, layout_, width_).read(ref, folder_.path());
  }
  KeySet keys(const CheckpointRef& ref) { return keys_of(memory_, clock_, layout_, ref); }
  // All that a checkpoint names, pages included.
  static std::vector<Chunk> chunks_of(const KeptTree& tree) {
    std::vector<Chunk> chunks;
    for (const auto number : tree.chunks->numbers()) {
      if (tree.chunks->at(number).named) chunks.push_back(tree.chunks->at(number).chunk);
    }
    return chunks;
  }
  static std::vector<Entry> entries_of(const KeptTree& tree) {
    std::vector<Entry> entries;
    KeptEntries::Reader reader(*tree.entries);
    while (auto kept = reader.next()) entries.push_back(std::move(kept->entry));
    return entries;
  }
  SavedCheckpoint save(Saver& saver, std::uint64_t generation) const {
    return *saver.save(work(), {generation}, {});
  }
  std::optional<KeptTree> restore(const std::vector<CheckpointRef>& refs) {
    return Restorer(store_, clock_, layout_, width_).restore(refs, restored(), {});
  }
  std::optional<ErrorKind> restoring(const std::vector<CheckpointRef>& refs) {
    return kind_thrown_by([&] { restore(refs); });
  }

  std::vector<std::string> keys_with(const std::string& part) const {
    std::vector<std::string> keys;
    for (const std::string& key : memory_.keys()) {
      if (key.find(part) != std::string::npos) keys.push_back(key);
    }
    return keys;
  }
  std::string stored(const std::string& key) { return *memory_.get(key, ~0ull, kSoon); }

  // What a directory holds, as text: kind, mode, time, and bytes or target.
  static std::map<std::string, std::string> tree(const fs::path& directory) {
    std::map<std::string, std::string> entries;
    struct stat itself {};
    EXPECT_EQ(::lstat(directory.c_str(), &itself), 0);
    entries["."] = std::to_string(itself.st_mode);
    for (const auto& item : fs::recursive_directory_iterator(directory)) {
      struct stat status {};
      EXPECT_EQ(::lstat(item.path().c_str(), &status), 0);
      std::string text = std::to_string(status.st_mode) + " " +
                         std::to_string(status.st_mtim.tv_sec) + "." +
                         std::to_string(status.st_mtim.tv_nsec) + " ";
      if (S_ISLNK(status.st_mode)) {
        text += fs::read_symlink(item.path()).string();
      } else if (S_ISREG(status.st_mode)) {
        text += sha256(*read_file(item.path(), ~0ull >> 1)).hex();
      }
      entries[item.path().lexically_relative(directory).string()] = text;
    }
    return entries;
  }

  const TemporaryFolder folder_;
  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  PageLimits limits_;
  int width_ = 1;  // So that a test can tell what comes after what.
  const StoreLayout layout_{*JobId::parse("train-7")};
};

}  // namespace holdfast
