#include "index/fold.h"

#include <gtest/gtest.h>

#include "holdfast/error.h"

namespace holdfast {
namespace {

IndexEntry completed(const std::string& job, std::uint64_t number) {
  IndexEntry entry;
  entry.job = job;
  entry.number = number;
  entry.state = JobState::completed;
  return entry;
}

ErrorKind kind_of_reading(const std::string& bytes) {
  try {
    static_cast<void>(entries_of(bytes, sha256(bytes)));
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "read without an error";
  return ErrorKind::unavailable;
}

TEST(FoldTest, EntriesAreReadAsTheyWereFolded) {
  std::vector<IndexEntry> entries;
  for (int i = 999; i >= 100; --i) entries.push_back(completed("job-" + std::to_string(i), 3));
  const Fold fold = fold_of(entries);
  std::reverse(entries.begin(), entries.end());
  EXPECT_EQ(entries_of(fold.bytes, fold.digest), entries);
  EXPECT_LT(fold.bytes.size(), 6000U);
}

TEST(FoldTest, EqualEntriesMakeTheSameObject) {
  const auto a = completed("a", 1);
  const auto b = completed("b", 2);
  EXPECT_EQ(fold_of({a, b}).digest, fold_of({b, a}).digest);
}

TEST(FoldTest, DamageAndNewerVersionsAreToldApart) {
  const Fold fold = fold_of({completed("a", 1)});
  EXPECT_THROW(static_cast<void>(entries_of(fold.bytes + "x", fold.digest)), Error);
  EXPECT_EQ(kind_of_reading("rubbish"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of_reading("holdfast job index 1\na~1,q\n"), ErrorKind::corrupt);
  EXPECT_EQ(kind_of_reading("holdfast job index 2\nwhat\n"), ErrorKind::rejected);
}

}  // namespace
}  // namespace holdfast
