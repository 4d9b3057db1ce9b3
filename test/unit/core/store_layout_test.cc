#include "core/store_layout.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fakes/thrown.h"
#include "ports/store_key.h"

namespace holdfast {
namespace {

const StoreLayout kLayout(*JobId::parse("train-7"));

TEST(StoreLayoutTest, RecordKeysCountDownSoThatTheNewestIsTheFirst) {
  EXPECT_EQ(kLayout.record(1), "train-7/log/9999999999999");
  for (const std::uint64_t number : {1ull, 2ull, 9ull, 10ull, 99ull, 12'345'678ull,
                                     1'000'000'000'000ull, 9'999'999'999'997ull}) {
    EXPECT_LT(kLayout.record(number + 1), kLayout.record(number)) << number;
    EXPECT_EQ(kLayout.record(number).size(), kLayout.record(1).size()) << number;
  }
}

TEST(StoreLayoutTest, ARecordsKeySaysItsNumber) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t number = 1 + random.below(9'999'999'999'998);
    EXPECT_EQ(kLayout.record_number(kLayout.record(number)), number);
  }
}

TEST(StoreLayoutTest, WhatIsNoRecordsKeyHasNoNumber) {
  for (const char* key :
       {"train-7/log/", "train-7/log/1", "train-7/log/99999999999999", "train-7/log/999999999999x",
        "train-7/log/-999999999999", "train-7/log/+999999999999", "train-7/log/0000000000000",
        "train-7/log/9999999999999/x", "train-8/log/9999999999999", "log/9999999999999", ""}) {
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
    EXPECT_EQ(layout.root(), std::string(text) + "/");
    for (const std::string& key :
         {layout.record(1), layout.job(), layout.manifest({1}, {2}, std::string(64, 'a')),
          layout.chunk({1}, std::string(64, 'b')), layout.attempt_output({1}, "a/b"),
          layout.attempt_outputs_manifest({1}), layout.attempt_log({1}), layout.output("x")}) {
      EXPECT_TRUE(key.starts_with(layout.root())) << key;
      EXPECT_EQ(key_fault(key), nullptr) << key;
    }
  }
}

TEST(StoreLayoutTest, TwoManifestsOfOneGenerationHaveDifferentKeys) {
  EXPECT_NE(kLayout.manifest({1}, {2}, std::string(64, 'a')),
            kLayout.manifest({1}, {2}, std::string(64, 'b')));
}

TEST(StoreLayoutTest, NoOutputCanHideAnObjectOfOurs) {
  for (const std::string& key :
       {kLayout.record(1), kLayout.job(), kLayout.manifest({1}, {1}, std::string(64, 'a')),
        kLayout.chunk({1}, "c"), kLayout.attempt_output({1}, "x"),
        kLayout.attempt_outputs_manifest({1}), kLayout.attempt_log({1})}) {
    EXPECT_TRUE(StoreLayout::reserved(key.substr(kLayout.root().size()))) << key;
  }
  for (const char* path : {"log", "log/x", "manifests", "chunks/1/x", "attempts", "job.json"}) {
    EXPECT_TRUE(StoreLayout::reserved(path)) << path;
  }
  for (const char* path : {"result.txt", "logs", "log.txt", "my/log", "job.json.txt", "Log"}) {
    EXPECT_FALSE(StoreLayout::reserved(path)) << path;
  }
}

TEST(WorkersFolderTest, IsNoJobsAndHoldsWhateverAWorkerIsCalled) {
  EXPECT_FALSE(JobId::parse(std::string(kWorkersFolder)));
  EXPECT_EQ(unfit_notice_key("pc-7"), ".workers/pc-7/unfit.json");
  EXPECT_EQ(unfit_notice_key("../a b/c"), ".workers/.._a_b_c/unfit.json");
}

}  // namespace
}  // namespace holdfast
