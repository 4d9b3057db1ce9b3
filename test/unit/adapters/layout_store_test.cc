// A store that an earlier version filled (layout 1) and one that is new (layout 2), seen through
// LayoutStore.
#include "adapters/layout/layout_store.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/store_layout.h"
#include "fakes/bad_stores.h"
#include "fakes/memory_store.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

using Keys = std::vector<std::string>;
constexpr TimePoint kSoon = TimePoint::max();
const StoreLayout kJob(*JobId::parse("a"));

class LayoutStoreTest : public testing::Test {
 protected:
  static void put(Store& store, const std::string& key, std::string_view bytes) {
    store.put(key, bytes, sha256(bytes), kSoon);
  }
  static Keys keys_of(const std::vector<ObjectEntry>& entries) {
    Keys keys;
    for (const ObjectEntry& entry : entries) keys.push_back(entry.key);
    return keys;
  }
  // As version 1 left it: a job that goes on.
  void fill_as_before() {
    put(memory_, "a/log/9999999999999", "record 1");
    put(memory_, "a/chunks/1/c", "chunk");
    put(memory_, ".fleet/q/lifetimes/1", "");
  }

  MemoryStore memory_;
  LayoutStore store_{memory_};
};

TEST_F(LayoutStoreTest, AStoreWithoutJobsKeepsOurObjectsApartFromResults) {
  put(memory_, ".fleet/q/lifetimes/1", "");
  ASSERT_EQ(store_.create(kJob.record(1), "record 1", kSoon), CreateOutcome::created);
  put(store_, kJob.output("log/train.txt"), "loss");
  EXPECT_EQ(memory_.keys(), (Keys{".fleet/q/lifetimes/1", kLayoutKey,
                                  ".holdfast/a/log/9999999999/999", "a/log/train.txt"}));
  EXPECT_EQ(store_.list_folders(std::string(kJobsPrefix), "", 10, kSoon), Keys{"a"});
}

TEST_F(LayoutStoreTest, AJobOfAnEarlierVersionGoesOnWhereItIs) {
  fill_as_before();
  EXPECT_EQ(store_.get(kJob.record(1), 100, kSoon), "record 1");
  EXPECT_EQ(store_.create(kJob.record(1), "another", kSoon), CreateOutcome::exists);
  EXPECT_EQ(store_.create(kJob.record(2), "record 2", kSoon), CreateOutcome::created);
  EXPECT_TRUE(memory_.get("a/log/9999999999998", 100, kSoon));
  EXPECT_EQ(keys_of(store_.list(kJob.log_prefix(), "", 1, kSoon)), Keys{kJob.record(2)});
  EXPECT_EQ(keys_of(store_.list(kJob.log_prefix(), kJob.record(2), 9, kSoon)),
            Keys{kJob.record(1)});
  EXPECT_EQ(store_.list_folders(std::string(kJobsPrefix), "", 1, kSoon), Keys{"a"});
  EXPECT_EQ(store_.list_folders(std::string(kJobsPrefix), "a", 1, kSoon), Keys{});
  store_.remove(kJob.chunk({1}, "c"), kSoon);
  EXPECT_FALSE(memory_.get("a/chunks/1/c", 100, kSoon));
}

TEST_F(LayoutStoreTest, AResultThatWouldHideAnOldObjectOfOursGetsAnotherName) {
  fill_as_before();
  for (const char* path : {"log/9999999999999", "chunks/1/c", "job.json", "manifests", "~log",
                           "~~job.json/x", "logs", "log.txt", "~", "my/log"}) {
    put(store_, kJob.output(path), path);
  }
  EXPECT_EQ(memory_.get("a/log/9999999999999", 100, kSoon), "record 1");
  EXPECT_EQ(memory_.get("a/chunks/1/c", 100, kSoon), "chunk");
  for (const char* key : {"a/~log/9999999999999", "a/~chunks/1/c", "a/~job.json", "a/~manifests",
                          "a/~~log", "a/~~~job.json/x", "a/logs", "a/log.txt", "a/~", "a/my/log"}) {
    EXPECT_TRUE(memory_.get(key, 100, kSoon)) << key;
  }
  EXPECT_EQ(store_.get(kJob.output("log/9999999999999"), 100, kSoon), "log/9999999999999");
}

// Whoever comes first decides for all, whatever the others see by then.
TEST_F(LayoutStoreTest, WhatTheStoreSaysHoldsWhateverElseIsInIt) {
  ASSERT_EQ(store_.create(kJob.record(1), "record 1", kSoon), CreateOutcome::created);
  put(memory_, "b/log/9999999999999", "of a worker of an earlier version");
  LayoutStore late(memory_);
  EXPECT_EQ(late.get(kJob.record(1), 100, kSoon), "record 1");

  MemoryStore old;
  put(old, "a/log/9999999999999", "record 1");
  LayoutStore first(old);
  put(first, kJob.job(), "{}");
  old.remove("a/log/9999999999999", kSoon);
  old.remove("a/job.json", kSoon);
  LayoutStore second(old);
  put(second, kJob.job(), "{}");
  EXPECT_TRUE(old.get("a/job.json", 100, kSoon));
}

TEST_F(LayoutStoreTest, OfTwoThatDecideAtOnceOneDecidesForBoth) {
  LayoutStore other(memory_);
  EXPECT_FALSE(store_.get(kJob.record(1), 100, kSoon));
  EXPECT_FALSE(other.get(kJob.record(1), 100, kSoon));
  EXPECT_EQ(store_.create(kJob.record(1), "one", kSoon), CreateOutcome::created);
  EXPECT_EQ(other.create(kJob.record(1), "two", kSoon), CreateOutcome::exists);
}

TEST_F(LayoutStoreTest, WhoMayOnlyReadWritesNothing) {
  ReadOnlyStore read_only(memory_);
  LayoutStore reader(read_only);
  EXPECT_FALSE(reader.get(kJob.record(1), 100, kSoon));
  fill_as_before();
  EXPECT_EQ(reader.get(kJob.record(1), 100, kSoon), "record 1");
  EXPECT_EQ(keys_of(reader.list(kJob.log_prefix(), "", 1, kSoon)), Keys{kJob.record(1)});
}

TEST_F(LayoutStoreTest, ALayoutOfALaterVersionIsRefused) {
  put(memory_, kLayoutKey, "{\"format\":1,\"layout\":3}\n");
  EXPECT_EQ(kind_thrown_by([&] { store_.get(kJob.record(1), 100, kSoon); }), ErrorKind::rejected);
}

TEST_F(LayoutStoreTest, AJobCostsNoRequestMore) {
  put(store_, kJob.job(), "{}");
  const std::size_t before = memory_.calls(MemoryStore::Call::get);
  for (int i = 0; i < 10; ++i) static_cast<void>(store_.get(kJob.record(1), 100, kSoon));
  EXPECT_EQ(memory_.calls(MemoryStore::Call::get), before + 10);
}

TEST_F(LayoutStoreTest, UnfinishedUploadsOfAnEarlierVersionAreFoundAndAbandoned) {
  fill_as_before();
  memory_.leave_unfinished({"a/attempts/1/outputs/large", "id"});
  const auto found = store_.unfinished_uploads(kJob.attempts_prefix(), 10, kSoon);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().key, kJob.attempt_output({1}, "large"));
  store_.abandon(found.front(), kSoon);
  EXPECT_TRUE(store_.unfinished_uploads(kJob.attempts_prefix(), 10, kSoon).empty());
}

}  // namespace
}  // namespace holdfast
