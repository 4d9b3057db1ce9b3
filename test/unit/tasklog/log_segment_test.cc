#include "core/log_segment.h"

#include <gtest/gtest.h>

#include "base/compression.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

TEST(LogSegmentTest, WhatGoesInComesOut) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const LogSegment& segment :
       {LogSegment{}, LogSegment{0, "one\ntwo\n", {{0, 1'700'000'000'000}, {4, 1'700'000'000'250}}},
        LogSegment{8'388'608, every_byte, {{3, -5}}, true},
        LogSegment{7, std::string(kLogSegmentBytesMax, '\n'), {}}}) {
    EXPECT_EQ(log_segment_from(to_object(segment)), segment);
  }
}

TEST(LogSegmentTest, TextIsCompressedWhereThatPays) {
  const LogSegment segment{0, std::string(100'000, 'x'), {}};
  EXPECT_LT(to_object(segment).size(), 1000u);
  EXPECT_TRUE(is_frame(to_object(segment)));
}

TEST(LogSegmentTest, WhatIsNoSegmentIsDamageAndSaysSo) {
  const std::string head = R"({"format":1,"first":0,"bytes":2,"times":[0,5]})";
  EXPECT_EQ(log_segment_from(head + "\nab").text, "ab");
  for (const std::string& bytes :
       {std::string(), std::string("{}"), std::string("{}\n"), std::string("[1]\nx"), head,
        head + "\na", head + "\nabc", std::string("\x28\xb5\x2f\xfd rubbish"),
        std::string(R"({"format":2,"first":0,"bytes":0,"times":[]})") + "\n",
        std::string(R"({"format":1,"first":-1,"bytes":"x","times":[]})") + "\n",
        std::string(R"({"format":1,"first":0,"bytes":1,"times":[1]})") + "\na",
        std::string(R"({"format":1,"first":0,"bytes":1,"times":[7,1]})") + "\na",
        std::string(R"({"format":1,"first":0,"bytes":1,"times":[0,9223372036854775807]})") + "\na",
        std::string(R"({"format":1,"first":0,"bytes":1,"times":[0,-9223372036854775808]})") +
            "\na"}) {
    EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(log_segment_from(bytes)); }),
              ErrorKind::corrupt)
        << bytes;
  }
}

}  // namespace
}  // namespace holdfast
