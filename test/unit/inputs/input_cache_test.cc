#include "inputs/input_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/file.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

class InputCacheTest : public testing::Test {
 protected:
  InputCacheTest() { cache_.open(); }

  Sha256Digest keep(const std::string& bytes) {
    const Sha256Digest digest = sha256(bytes);
    const auto place = cache_.begin(digest.hex());
    EXPECT_TRUE(place);
    write_range(place->file, place->path, 0, bytes);
    cache_.keep(*place, digest);
    return digest;
  }
  // What is delivered; empty if it is not kept.
  std::string delivered(const Sha256Digest& digest) {
    const auto to = folder_.path() / ("out-" + std::to_string(++count_));
    if (!cache_.deliver(digest, to, false)) return {};
    std::string bytes = *read_file(to, 1000);
    std::filesystem::remove(to);
    return bytes;
  }
  std::filesystem::path object(const Sha256Digest& digest) const {
    return folder_.path() / "cache" / "objects" / digest.hex();
  }

  TemporaryFolder folder_;
  InputCache cache_{folder_.path() / "cache", 10};
  int count_ = 0;
};

TEST_F(InputCacheTest, WhatIsKeptIsDeliveredReadOnly) {
  const auto digest = keep("bytes");
  EXPECT_EQ(delivered(digest), "bytes");
  EXPECT_EQ(delivered(sha256("other")), "");
  const auto to = folder_.path() / "there";
  ASSERT_TRUE(cache_.deliver(digest, to, false));
  struct stat status {};
  ASSERT_EQ(::stat(to.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0444u);
  ASSERT_TRUE(cache_.deliver(digest, folder_.path() / "program", true));
  ASSERT_EQ(::stat((folder_.path() / "program").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0555u);
}

TEST_F(InputCacheTest, WhatWasChangedIsNotDelivered) {
  const auto digest = keep("bytes");
  ASSERT_EQ(::chmod(object(digest).c_str(), 0600), 0);
  { write_range(FileDescriptor(::open(object(digest).c_str(), O_WRONLY)), "x", 0, "B"); }
  EXPECT_EQ(delivered(digest), "");
  EXPECT_FALSE(std::filesystem::exists(object(digest)));
}

// As after a start of the machine: nobody knows whether the bytes came to the disk.
TEST_F(InputCacheTest, AnotherTimeIsNoHarmIfTheBytesAreRight) {
  const auto digest = keep("bytes");
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, object(digest).c_str(), times, 0), 0);
  EXPECT_EQ(delivered(digest), "bytes");
}

TEST_F(InputCacheTest, OneFetchesAndTheOtherWaits) {
  auto first = cache_.begin("x");
  ASSERT_TRUE(first);
  EXPECT_FALSE(cache_.begin("x"));
  cache_.make_room(0, InputCache::Room::within_bound);  // Removes nothing that somebody fetches.
  write_range(first->file, first->path, 0, "bytes");
  cache_.keep(*first, sha256("bytes"));
  first.reset();
  EXPECT_EQ(delivered(sha256("bytes")), "bytes");
}

TEST_F(InputCacheTest, AFetchThatWasKilledLeavesNothing) {
  {
    const auto place = cache_.begin("killed");
    write_range(place->file, place->path, 0, "half");
  }
  const auto partial = folder_.path() / "cache" / "partial" / "killed";
  cache_.make_room(0, InputCache::Room::within_bound);
  EXPECT_TRUE(std::filesystem::exists(partial)) << "it may be gone on with";
  const timespec old[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, partial.c_str(), old, 0), 0);
  cache_.make_room(0, InputCache::Room::within_bound);
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST_F(InputCacheTest, WhatWasNotUsedForLongestGoesFirst) {
  const auto first = keep("first");
  const auto second = keep("secon");
  const timespec old[2] = {{1, 0}, {0, UTIME_OMIT}};
  ASSERT_EQ(::utimensat(AT_FDCWD, object(first).c_str(), old, 0), 0);
  cache_.note("name of first", first);
  cache_.make_room(5, InputCache::Room::within_bound);
  EXPECT_EQ(delivered(first), "");
  EXPECT_EQ(delivered(second), "secon");
  cache_.make_room(0, InputCache::Room::within_bound);
  EXPECT_FALSE(cache_.digest_of("name of first")) << "it names nothing any more";
}

TEST_F(InputCacheTest, WhatAJobUsesStays) {
  const auto used = keep("0123456789");
  ASSERT_TRUE(cache_.deliver(used, folder_.path() / "job", false));
  const auto other = keep("x");
  cache_.make_room(0, InputCache::Room::all);
  EXPECT_EQ(delivered(other), "");
  EXPECT_EQ(delivered(used), "0123456789");
}

}  // namespace
}  // namespace holdfast
