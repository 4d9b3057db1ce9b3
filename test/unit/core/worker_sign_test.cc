#include "core/worker_sign.h"

#include <gtest/gtest.h>

#include "core/index_entry.h"

namespace holdfast {
namespace {

TEST(WorkerSignTest, IsReadAsItWasWritten) {
  const WorkerSign sign{"pc-7", 1'795'000'000, 1'795'000'300, "0.2.0"};
  EXPECT_EQ(worker_sign_from_text(to_text(sign)), sign);
}

TEST(WorkerSignTest, IsANameForEveryStoreWhateverTheWorkerIsCalled) {
  const std::string text = to_text(WorkerSign{std::string(300, '/'), 1, 2, "0.2.0 (ab/cd)"});
  EXPECT_LE(text.size(), kIndexNameBytesMax);
  EXPECT_EQ(text.find('/'), std::string::npos);
  EXPECT_TRUE(worker_sign_from_text(text));
}

TEST(WorkerSignTest, WhatANewerVersionAddsIsSkipped) {
  const auto sign = worker_sign_from_text("pc-7~20,10,9.0,gpu=4");
  ASSERT_TRUE(sign);
  EXPECT_EQ(*sign, (WorkerSign{"pc-7", 10, 20, "9.0"}));
}

TEST(WorkerSignTest, WhatIsNoneIsNone) {
  for (const char* text : {"", "pc-7", "~1,2,3", "pc-7~", "pc-7~x,1,v", "pc-7~1", "pc-7~1,,v"}) {
    EXPECT_EQ(worker_sign_from_text(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace holdfast
