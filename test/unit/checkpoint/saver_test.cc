// What is stored, and what is not stored again.
#include "checkpoint/saver.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <set>

#include "checkpoint_room.h"

namespace holdfast {
namespace {

class SaverTest : public CheckpointRoom {
 protected:
  void expect_comes_back(const CheckpointRef& ref) {
    ASSERT_TRUE(restore({ref}));
    EXPECT_EQ(tree(restored()), tree(work()));
  }
  std::size_t puts() const { return memory_.calls(MemoryStore::Call::put); }
};

TEST_F(SaverTest, EverythingThatADirectoryHoldsComesBack) {
  write("empty", "");
  write("small", std::string("a\0b\n", 4));
  write("just packed", bytes_of(kPackedFileBytesMax, 1));
  write("just not packed", bytes_of(kPackedFileBytesMax + 1, 2));
  write("one chunk", bytes_of(kChunkBytes, 3));
  write("one byte more", bytes_of(kChunkBytes + 1, 4));
  write("deep/er/est", "x");
  write("zeros", std::string(2 * kChunkBytes, '\0'));
  write("\xff\xfe %2f\n", "odd name");
  write("deep.sorts/between", "y");
  fs::create_directories(work() / "empty folder/in another");
  fs::create_symlink("small", work() / "link");
  fs::create_symlink("/nowhere at all/\xff", work() / "dangling");
  fs::create_directory_symlink("deep", work() / "link to folder");
  ::chmod((work() / "small").c_str(), 0751);
  ::chmod(work().c_str(), 0710);
  ::chmod((work() / "deep").c_str(), 0555);
  const timespec times[2] = {{1'000'000'000, 123'456'789}, {1'500'000'000, 987'654'321}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "small").c_str(), times, 0), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "link").c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "deep").c_str(), times, 0), 0);

  Saver first = saver(1);
  const SavedCheckpoint saved = save(first, 1);
  expect_comes_back(saved.ref);
  EXPECT_EQ(saved.ref.generation.value, 1u);
  EXPECT_EQ(saved.ref.attempt.value, 1u);
}

TEST_F(SaverTest, AnEmptyDirectoryComesBackEmpty) {
  Saver first = saver(1);
  expect_comes_back(save(first, 1).ref);
}

TEST_F(SaverTest, TimesBefore1970AndFarAwayComeBackOrAsNearAsTheyCan) {
  write("old", "x");
  write("far", "y");
  const timespec old[2] = {{-2, 500'000'000}, {-2, 500'000'000}};
  const timespec far[2] = {{std::int64_t{1} << 33, 0}, {std::int64_t{1} << 33, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "old").c_str(), old, 0), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "far").c_str(), far, 0), 0);
  Saver first = saver(1);
  expect_comes_back(save(first, 1).ref);
}

TEST_F(SaverTest, UnchangedContentIsNotSentAgain) {
  for (int i = 0; i < 20; ++i) write("small-" + std::to_string(i), bytes_of(1000, 10 + i));
  write("large", bytes_of(3 * kChunkBytes + 5, 1));
  Saver first = saver(1);
  EXPECT_GT(save(first, 1).uploaded_bytes, 3 * kChunkBytes);
  const std::size_t before = puts();
  const SavedCheckpoint again = save(first, 2);
  EXPECT_EQ(again.uploaded_bytes, 0u);
  EXPECT_TRUE(again.unchanged);
  EXPECT_EQ(puts(), before);
  expect_comes_back(again.ref);

  // Nor by the attempt that comes after, under other names.
  fs::rename(work() / "small-3", work() / "renamed");
  Saver successor = saver(2, tree_of(again.ref));
  EXPECT_EQ(save(successor, 3).uploaded_bytes, 0u);
}

TEST_F(SaverTest, OnlyTheChunksThatChangedTravel) {
  std::string large = bytes_of(4 * kChunkBytes, 1);
  write("large", large);
  Saver first = saver(1);
  save(first, 1);
  large[2 * kChunkBytes + 17] ^= 1;
  write("large", large);
  EXPECT_EQ(save(first, 2).uploaded_bytes, kChunkBytes);
  write("large", large + "appended");
  const SavedCheckpoint last = save(first, 3);
  EXPECT_EQ(last.uploaded_bytes, 8u);
  expect_comes_back(last.ref);
}

TEST_F(SaverTest, SmallFilesShareChunks) {
  for (int i = 0; i < 3000; ++i) write("f/" + std::to_string(i), bytes_of(100 + i % 50, i));
  Saver first = saver(1);
  const SavedCheckpoint saved = save(first, 1);
  EXPECT_LE(puts(), 6u);  // One chunk, a few pages that list them, one manifest.
  EXPECT_EQ(saved.ref.generation.value, 1u);

  write("f/1500", "changed");
  write("f/new", "new");
  const SavedCheckpoint next = save(first, 2);
  EXPECT_EQ(next.uploaded_bytes, 10u);
  EXPECT_LE(puts(), 12u);
  expect_comes_back(next.ref);
}

TEST_F(SaverTest, TheListOfVeryManyFilesTravelsCompressed) {
  for (int i = 0; i < 3000; ++i) write("f/" + std::to_string(i), std::to_string(i));
  Saver first = saver(1);
  const SavedCheckpoint saved = save(first, 1);
  const std::string manifest = stored(keys_with("/manifests/").at(0));
  EXPECT_LT(saved.manifest_bytes, 100u * 3000);
  expect_comes_back(saved.ref);
  memory_.damage(keys_with("/manifests/").at(0), manifest.substr(0, manifest.size() - 1));
  EXPECT_EQ(restoring({saved.ref}), ErrorKind::corrupt);
}

TEST_F(SaverTest, NoChunkIsLargerThanAChunkMayBe) {
  for (int i = 0; i < 20; ++i) write(std::to_string(i), bytes_of(kPackedFileBytesMax - 7, i));
  write("large", bytes_of(2 * kChunkBytes + 1, 99));
  Saver first = saver(1);
  expect_comes_back(save(first, 1).ref);
  for (const std::string& key : keys_with("/chunks/")) EXPECT_LE(stored(key).size(), kChunkBytes);
}

TEST_F(SaverTest, EqualFilesAreStoredOnce) {
  const std::string large = bytes_of(kChunkBytes, 1);
  for (int i = 0; i < 5; ++i) write("large-" + std::to_string(i), large);
  Saver first = saver(1);
  const SavedCheckpoint saved = save(first, 1);
  EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
  EXPECT_EQ(saved.ref.size_bytes, 5 * kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(SaverTest, ASaveThatBrokeOffGoesOnWhereItStopped) {
  const std::uint64_t chunks = 3;
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t n = 0; n <= chunks; ++n) {
      write("large", bytes_of(chunks * kChunkBytes, n + (fault == Fault::refused ? 0 : 100)));
      Saver first = saver(1);
      store_.plan(n, fault);
      EXPECT_EQ(kind_thrown_by([&] { save(first, 1); }), ErrorKind::unavailable);
      const SavedCheckpoint saved = save(first, 1);
      EXPECT_EQ(saved.uploaded_bytes, (chunks - n) * kChunkBytes) << n;
      if (n == 1) expect_comes_back(saved.ref);
    }
  }
}

TEST_F(SaverTest, ASaveThatIsStoppedSaysSoAndLeavesTheNextOneRight) {
  write("large", bytes_of(2 * kChunkBytes, 1));
  Saver first = saver(1);
  std::stop_source stop;
  store_.before_write = [&](const std::string&) { stop.request_stop(); };
  EXPECT_FALSE(first.save(work(), {1}, stop.get_token()));
  EXPECT_TRUE(keys_with("/manifests/").empty());
  const SavedCheckpoint saved = save(first, 1);
  EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(SaverTest, NothingIsVisibleBeforeItsManifestIsStored) {
  write("large", bytes_of(3 * kChunkBytes, 1));
  std::vector<std::string> order;
  store_.before_write = [&](const std::string& key) { order.push_back(key); };
  Saver first = saver(1);
  save(first, 1);
  ASSERT_EQ(order.size(), 4u);
  EXPECT_NE(order.back().find("/manifests/"), std::string::npos);
}

TEST_F(SaverTest, AnAttemptWritesBelowItsOwnNumberOnly) {
  write("a", "1");
  Saver first = saver(1);
  const CheckpointRef parent = save(first, 1).ref;
  write("b", "2");
  store_.before_write = [](const std::string& key) {
    EXPECT_TRUE(key.starts_with(".holdfast/train-7/chunks/7/") ||
                key.starts_with(".holdfast/train-7/manifests/7/"))
        << key;
  };
  Saver successor = saver(7, tree_of(parent));
  save(successor, 2);
}

// A removal that arrives late must hit nothing that came back.
TEST_F(SaverTest, AKeyIsWrittenAtMostOnceAlsoWhenContentComesBackAfterItWasRetired) {
  std::map<std::string, int> writes;
  store_.before_write = [&](const std::string& key) { writes[key] += 1; };
  const std::string contents[] = {bytes_of(kChunkBytes, 1), bytes_of(kChunkBytes, 2)};
  Saver first = saver(1);
  std::vector<SavedCheckpoint> saved;
  for (std::uint64_t generation = 1; generation <= 8; ++generation) {
    write("large", contents[generation % 2]);
    saved.push_back(save(first, generation));
    expect_comes_back(saved.back().ref);
    if (generation < 2) continue;
    const CheckpointRef retired = saved[generation - 2].ref;
    prune(memory_, clock_, layout_, retired, first.newest().keys);
    expect_comes_back(saved.back().ref);
  }
  for (const auto& [key, count] : writes) EXPECT_EQ(count, 1) << key;
}

TEST_F(SaverTest, ASaveRepeatedWithOtherContentWritesNoKeyTwice) {
  std::map<std::string, std::set<std::string>> written;
  store_.before_write = [&](const std::string& key) { written[key].insert("once"); };
  Saver first = saver(1);
  write("state", "as it was");
  store_.plan(1, Fault::answer_lost);  // The manifest's: it may land at any later time.
  EXPECT_EQ(kind_thrown_by([&] { save(first, 1); }), ErrorKind::unavailable);
  const std::vector<std::string> before = keys_with("/manifests/");
  ASSERT_EQ(before.size(), 1u);
  const std::string late = stored(before.front());

  write("state", "as it is now");
  const SavedCheckpoint saved = save(first, 1);
  memory_.damage(before.front(), late);  // It lands.
  expect_comes_back(saved.ref);
}

TEST_F(SaverTest, PipesAndSocketsInTheTasksOwnDirectoryAreLeftOut) {
  write("state", "x");
  Saver first = saver(1);
  const SavedCheckpoint without = save(first, 1);
  ASSERT_EQ(::mkfifo((work() / "pipe").c_str(), 0600), 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = (work() / "socket").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const SavedCheckpoint saved = save(first, 2);  // Opening the pipe would never return.
  EXPECT_EQ(saved.ref.manifest_digest, without.ref.manifest_digest);
}

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += "step " + std::to_string(i) + "\n";
  text.resize(size);
  return text;
}

TEST_F(SaverTest, WhatCanBeCompressedIsAndWhatCannotIsLeftAsItIs) {
  write("text", text_of(kChunkBytes + 5000));
  write("noise", bytes_of(kChunkBytes, 1));
  for (int i = 0; i < 100; ++i) write("f/" + std::to_string(i), text_of(10'000 + i));
  Saver first = saver(1);
  const SavedCheckpoint saved = save(first, 1);
  EXPECT_LT(saved.uploaded_bytes, kChunkBytes * 4 / 3);
  EXPECT_GT(saved.uploaded_bytes, kChunkBytes);
  expect_comes_back(saved.ref);
}

// As a worker does: each save from a copy of its own, which stays until after the next.
class SaverOfCopiesTest : public SaverTest {
 protected:
  SavedCheckpoint save_copy(Saver& saver, std::uint64_t generation) {
    const fs::path copy = folder_.path() / ("copy-" + std::to_string(generation));
    fs::copy(work(), copy, fs::copy_options::recursive);
    for (const auto& item : fs::directory_iterator(work())) {
      fs::last_write_time(copy / item.path().filename(), fs::last_write_time(item.path()));
    }
    const SavedCheckpoint saved = *saver.save(copy, {generation}, {});
    if (generation > 1) fs::remove_all(folder_.path() / ("copy-" + std::to_string(generation - 1)));
    return saved;
  }
};

TEST_F(SaverOfCopiesTest, ABlockThatChangedALittleTravelsAsTheDifference) {
  std::string large = bytes_of(3 * kChunkBytes, 1);
  write("large", large);
  Saver first = saver(1);
  save_copy(first, 1);
  std::uint64_t sent = 0;
  for (std::uint64_t generation = 2; generation < 12; ++generation) {
    // A page here and there, as a database writes.
    for (std::size_t i = 0; i < 20; ++i) {
      large.replace((i * 1'000'003 + generation * 4096) % kChunkBytes + kChunkBytes, 4096,
                    bytes_of(4096, generation * 100 + i));
    }
    write("large", large);
    const SavedCheckpoint saved = save_copy(first, generation);
    sent += saved.uploaded_bytes;
    expect_comes_back(saved.ref);
    for (const Chunk& chunk : chunks_of(first.newest())) EXPECT_LE(chunk.stored_bytes, kChunkBytes);
  }
  // Ten times 20 pages, and a whole chunk where the chain had become long.
  EXPECT_LT(sent, kChunkBytes + 10 * 30 * 4096u);
}

TEST_F(SaverOfCopiesTest, AFileThatGrowsCostsWhatIsNew) {
  Saver first = saver(1);
  std::string large = bytes_of(3 * kChunkBytes / 2, 1);
  std::uint64_t sent = 0;
  const std::size_t start = large.size();
  for (std::uint64_t generation = 1; generation <= 30; ++generation) {
    write("trajectory", large);
    const SavedCheckpoint saved = save_copy(first, generation);
    if (generation > 1) sent += saved.uploaded_bytes;
    if (generation % 7 == 0) expect_comes_back(saved.ref);
    if (generation < 30) large += bytes_of(500'000 + generation * 1000, generation);
  }
  EXPECT_LE(sent, (large.size() - start) * 11 / 10);
}

TEST_F(SaverOfCopiesTest, AFileThatGrowsByLittleForVeryLongDoesNotFallToPieces) {
  Saver first = saver(1);
  std::string large = bytes_of(kPackedFileBytesMax + 1, 1);
  for (std::uint64_t generation = 1; generation <= kPiecesPerChunkMax * 2 + 5; ++generation) {
    write("log", large);
    save_copy(first, generation);
    EXPECT_LE(chunks_of(first.newest()).size(), kPiecesPerChunkMax + 1);
    large += bytes_of(100, generation);
  }
}

TEST_F(SaverOfCopiesTest, ADeltaIsNeverMadeFromABaseThatIsNotWhatItWas) {
  std::string large = bytes_of(kChunkBytes, 1);
  write("large", large);
  Saver first = saver(1);
  save_copy(first, 1);
  write("../copy-1/large", bytes_of(kChunkBytes, 2));
  large[17] ^= 1;
  write("large", large);
  const SavedCheckpoint saved = save_copy(first, 2);
  EXPECT_EQ(saved.uploaded_bytes, kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(SaverOfCopiesTest, BasesStayAsLongAsADeltaNeedsThem) {
  std::string large = bytes_of(2 * kChunkBytes, 1);
  Saver first = saver(1);
  std::vector<SavedCheckpoint> saved;
  for (std::uint64_t generation = 1; generation <= 12; ++generation) {
    large[generation * 1000] ^= 1;
    write("large", large);
    saved.push_back(save_copy(first, generation));
    if (generation > 1) {
      prune(memory_, clock_, layout_, saved[generation - 2].ref, first.newest().keys);
    }
    expect_comes_back(saved.back().ref);
  }
}

// A delta whose PUT failed may land later; what is sent instead must not be called the same.
TEST_F(SaverOfCopiesTest, TwoFormsOfOneContentHaveTwoNames) {
  std::set<std::string> names;
  store_.before_write = [&](const std::string& key) {
    if (key.find("/chunks/") == std::string::npos) return;
    EXPECT_TRUE(names.insert(key).second) << key;
  };
  std::string large = bytes_of(kChunkBytes, 1);
  write("large", large);
  Saver first = saver(1);
  save_copy(first, 1);
  large[17] ^= 1;
  write("large", large);
  store_.plan(0, Fault::answer_lost);
  EXPECT_EQ(kind_thrown_by([&] { save_copy(first, 2); }), ErrorKind::unavailable);
  fs::remove_all(folder_.path() / "copy-1");  // No base any more.
  fs::remove_all(folder_.path() / "copy-2");
  expect_comes_back(save_copy(first, 2).ref);
  EXPECT_EQ(names.size(), 3u);
}

TEST_F(SaverOfCopiesTest, WhatTwoSnapshotsShareIsNotReadAgain) {
  write("large", bytes_of(kChunkBytes + 5, 1));
  write("small", "x");
  fs::create_directories(folder_.path() / "next");
  Saver first = saver(1);
  save(first, 1);
  for (const char* name : {"large", "small"}) {
    fs::create_hard_link(work() / name, folder_.path() / "next" / name);
  }
  // Whoever read them would see this.
  for (const auto& [name, bytes] :
       {std::pair("large", bytes_of(kChunkBytes + 5, 2)), std::pair("small", std::string("y"))}) {
    const auto time = fs::last_write_time(work() / name);
    write(name, bytes);
    fs::last_write_time(work() / name, time);
  }
  const std::string digest = entries_of(first.newest())[2].digest;
  EXPECT_EQ(first.save(folder_.path() / "next", {2}, {})->uploaded_bytes, 0u);
  EXPECT_EQ(entries_of(first.newest())[2].digest, digest);
}

// A delta that a failed save left behind, while the next one let go of its base.
TEST_F(SaverOfCopiesTest, ADeltaThatWasLeftBehindIsNotUsedWithoutItsBase) {
  const std::string base = bytes_of(kChunkBytes, 1);
  std::string changed = base;
  changed[17] ^= 1;
  write("large", base);
  Saver first = saver(1);
  save_copy(first, 1);
  write("large", changed);
  store_.plan(1, Fault::refused);  // The manifest.
  EXPECT_EQ(kind_thrown_by([&] { save_copy(first, 2); }), ErrorKind::unavailable);
  fs::remove_all(folder_.path() / "copy-2");
  write("large", bytes_of(kChunkBytes, 2));
  save_copy(first, 2);
  write("large", changed);
  expect_comes_back(save_copy(first, 3).ref);
}

TEST_F(SaverOfCopiesTest, APackThatIsMostlyGoneIsGivenUp) {
  for (int i = 0; i < 100; ++i) write(std::to_string(i), bytes_of(50'000, i));
  Saver first = saver(1);
  save_copy(first, 1);
  for (int i = 0; i < 95; ++i) fs::remove(work() / std::to_string(i));
  save_copy(first, 2);
  expect_comes_back(save_copy(first, 3).ref);
  std::uint64_t bytes = 0;
  for (const Chunk& chunk : chunks_of(first.newest())) bytes += chunk.size_bytes;
  EXPECT_EQ(bytes, 5u * 50'000);
}

TEST_F(SaverOfCopiesTest, ManyThreadsStoreWhatOneWould) {
  for (int i = 0; i < 500; ++i) write("f/" + std::to_string(i), bytes_of(90'000, i % 400));
  std::string large = bytes_of(6 * kChunkBytes + 77, 1);
  for (int i = 0; i < 3; ++i) write("large-" + std::to_string(i), large);
  write("zeros", std::string(5 * kChunkBytes, '\0'));
  Saver one = saver(1);
  save(one, 1);
  width_ = 4;
  Saver many = saver(2);
  const SavedCheckpoint saved = save(many, 1);
  const auto content = [](const KeptTree& tree) {
    std::set<std::string> digests;
    for (const Chunk& chunk : chunks_of(tree)) digests.insert(chunk.digest);
    return digests;
  };
  EXPECT_EQ(content(many.newest()), content(one.newest()));
  expect_comes_back(saved.ref);
  large[5] ^= 1;
  write("large-1", large);
  expect_comes_back(save(many, 2).ref);
}

TEST_F(SaverOfCopiesTest, AFaultOnOneOfManyThreadsMakesNoCheckpointAndTheNextTryMakesOne) {
  write("large", bytes_of(12 * kChunkBytes, 1));
  width_ = 4;
  Saver first = saver(1);
  store_.plan(5, Fault::refused);
  EXPECT_EQ(kind_thrown_by([&] { save(first, 1); }), ErrorKind::unavailable);
  EXPECT_TRUE(keys_with("/manifests/").empty());
  const SavedCheckpoint saved = save(first, 1);
  EXPECT_LT(saved.uploaded_bytes, 12 * kChunkBytes);
  expect_comes_back(saved.ref);
}

TEST_F(SaverTest, AFileThatBecomesShorterWhileItIsReadMakesNoCheckpoint) {
  write("large", bytes_of(2 * kChunkBytes, 1));
  store_.before_write = [&](const std::string&) { fs::resize_file(work() / "large", kChunkBytes); };
  Saver first = saver(1);
  EXPECT_EQ(kind_thrown_by([&] { save(first, 1); }), ErrorKind::rejected);
  EXPECT_TRUE(keys_with("/manifests/").empty());
}

}  // namespace
}  // namespace holdfast
