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
  ::chmod((work() / "small").c_str(), 04751);
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
  EXPECT_EQ(puts(), before + 1);  // The manifest.
  expect_comes_back(again.ref);

  // Nor by the attempt that comes after, under other names.
  fs::rename(work() / "small-3", work() / "renamed");
  Saver successor = saver(2, first.newest());
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
  EXPECT_EQ(puts(), 2u);  // One chunk, one manifest.
  EXPECT_EQ(saved.ref.generation.value, 1u);

  write("f/1500", "changed");
  write("f/new", "new");
  const SavedCheckpoint next = save(first, 2);
  EXPECT_EQ(next.uploaded_bytes, 10u);
  EXPECT_EQ(puts(), 4u);
  expect_comes_back(next.ref);
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
  write("large", bytes_of(chunks * kChunkBytes, 1));
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t n = 0; n <= chunks; ++n) {
      Saver first = saver(10 + n + (fault == Fault::refused ? 0 : 100));
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
  save(first, 1);
  write("b", "2");
  store_.before_write = [](const std::string& key) {
    EXPECT_TRUE(key.starts_with("train-7/chunks/7/") || key.starts_with("train-7/manifests/7/"))
        << key;
  };
  Saver successor = saver(7, first.newest());
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
    Restorer restorer(memory_, clock_, layout_);
    const Manifest old = restorer.read_manifest(retired);
    prune(memory_, clock_, layout_, retired, old, {first.newest()});
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

TEST_F(SaverTest, AFileThatBecomesShorterWhileItIsReadMakesNoCheckpoint) {
  write("large", bytes_of(2 * kChunkBytes, 1));
  store_.before_write = [&](const std::string&) { fs::resize_file(work() / "large", kChunkBytes); };
  Saver first = saver(1);
  EXPECT_EQ(kind_thrown_by([&] { save(first, 1); }), ErrorKind::rejected);
  EXPECT_TRUE(keys_with("/manifests/").empty());
}

}  // namespace
}  // namespace holdfast
