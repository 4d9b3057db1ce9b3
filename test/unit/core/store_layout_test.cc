#include "core/store_layout.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "fakes/thrown.h"
#include "ports/store_key.h"

namespace holdfast {
namespace {

const StoreLayout kLayout(*JobId::parse("train-7"));

TEST(StoreLayoutTest, RecordKeysCountDownSoThatTheNewestIsTheFirst) {
  EXPECT_EQ(kLayout.record(1), ".holdfast/train-7/log/9999999999/999");
  for (const std::uint64_t number : {1ull, 2ull, 9ull, 10ull, 99ull, 12'345'678ull,
                                     1'000'000'000'000ull, 9'999'999'999'997ull}) {
    EXPECT_LT(kLayout.record(number + 1), kLayout.record(number)) << number;
    EXPECT_EQ(kLayout.record(number).size(), kLayout.record(1).size()) << number;
  }
}

TEST(StoreLayoutTest, NoFolderOfALogHoldsMoreThanAThousandRecords) {
  std::map<std::string, int> in_folder;
  for (std::uint64_t number = 1; number <= 10'000; ++number) {
    const std::string key = kLayout.record(number);
    in_folder[key.substr(0, key.rfind('/'))] += 1;
  }
  for (const auto& [folder, count] : in_folder) EXPECT_LE(count, 1000) << folder;
}

TEST(StoreLayoutTest, ARecordsKeySaysItsNumber) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t number = 1 + random.below(9'999'999'999'998);
    EXPECT_EQ(kLayout.record_number(kLayout.record(number)), number);
  }
}

TEST(StoreLayoutTest, WhatIsNoRecordsKeyHasNoNumber) {
  const std::string log = kLayout.log_prefix();
  for (const std::string& key :
       {log, log + "1", log + "9999999999999", log + "9999999999/9999", log + "9999999999/99x",
        log + "-999999999/999", log + "+999999999/999", log + "0000000000/000",
        log + "9999999999/999/x", std::string(".holdfast/train-8/log/9999999999/999"),
        std::string("log/9999999999/999"), std::string("train-7/log/9999999999999"),
        std::string()}) {
    EXPECT_FALSE(kLayout.record_number(key)) << key;
  }
}

TEST(StoreLayoutTest, ANumberThatNoLogReachesIsDamageAndNoCrash) {
  EXPECT_EQ(kind_thrown_by([] { kLayout.record(10'000'000'000'000); }), ErrorKind::corrupt);
  EXPECT_EQ(kind_thrown_by([] { kLayout.record(~0ull); }), ErrorKind::corrupt);
}

TEST(StoreLayoutTest, EveryObjectOfAJobLiesBelowItsPrefixWhateverItsIdLooksLike) {
  for (const char* text :
       {"a", "~", "-", "_", "=", "@", "+", ":", "a..b", "a.", "~..", "-.-", "0"}) {
    const auto id = JobId::parse(text);
    ASSERT_TRUE(id) << text;
    const StoreLayout layout(*id);
    EXPECT_EQ(layout.root(), ".holdfast/" + std::string(text) + "/");
    for (const std::string& key :
         {layout.record(1), layout.job(), layout.manifest({1}, {2}, std::string(64, 'a')),
          layout.chunk({1}, std::string(64, 'b')), layout.attempt_output({1}, "a/b"),
          layout.attempt_outputs_manifest({1}), layout.log_segment({1}, 7), layout.old_log({1})}) {
      EXPECT_TRUE(key.starts_with(layout.root())) << key;
      EXPECT_EQ(key_fault(key), nullptr) << key;
    }
  }
}

TEST(StoreLayoutTest, SegmentsOfALogSortByWhereTheyBegin) {
  EXPECT_LT(kLayout.log_segment({1}, 999), kLayout.log_segment({1}, 1000));
  for (const std::uint64_t first : {0ull, 262'144ull, 999'999'999'999ull}) {
    const std::string key = kLayout.log_segment({12}, first);
    EXPECT_TRUE(key.starts_with(kLayout.log_keys({12})));
    EXPECT_EQ(kLayout.log_segment_first({12}, key), first);
    EXPECT_EQ(kLayout.log_segment_first({1}, key), std::nullopt);
  }
  EXPECT_EQ(kLayout.log_segment_first({1}, kLayout.old_log({1})), std::nullopt);
  EXPECT_EQ(kLayout.log_segment_first({1}, kLayout.log_keys({1}) + "/x"), std::nullopt);
}

TEST(StoreLayoutTest, TwoManifestsOfOneGenerationHaveDifferentKeys) {
  EXPECT_NE(kLayout.manifest({1}, {2}, std::string(64, 'a')),
            kLayout.manifest({1}, {2}, std::string(64, 'b')));
}

TEST(StoreLayoutTest, NoResultCanHideAnObjectOfOurs) {
  for (const char* path : {"log", "log/9999999999999", "manifests/1/1-a", "chunks", "attempts/1",
                           "job.json", ".holdfast/train-7/log/9999999999/999", ".layout"}) {
    const std::string key = kLayout.output(path);
    EXPECT_EQ(key, std::string("train-7/") + path);
    EXPECT_FALSE(key.starts_with(kJobsPrefix)) << key;
  }
}

TEST(WorkersFolderTest, IsNoJobsAndHoldsWhateverAWorkerIsCalled) {
  EXPECT_FALSE(JobId::parse(std::string(kWorkersFolder)));
  EXPECT_EQ(unfit_notice_key("pc-7"), ".workers/pc-7/unfit.json");
  EXPECT_EQ(unfit_notice_key("../a b/c"), ".workers/.._a_b_c/unfit.json");
}

}  // namespace
}  // namespace holdfast
