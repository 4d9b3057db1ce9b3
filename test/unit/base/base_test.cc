// Digests, random names, wake-ups, the CA bundle: the small parts of base/.
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/ca_bundle.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/random.h"
#include "base/wake_event.h"
#include "base/wall_time.h"

namespace holdfast {
namespace {

TEST(DigestTest, IsTheSha256ThatEverybodyKnows) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, OfPiecesIsThatOfTheWhole) {
  Sha256 hash;
  for (const char* piece : {"a", "", "bc"}) hash.update(piece);
  EXPECT_EQ(hash.finish(), sha256("abc"));
}

TEST(DigestTest, ComesBackFromItsTextAndFromNoOther) {
  const Sha256Digest digest = sha256("abc");
  EXPECT_EQ(Sha256Digest::from_hex(digest.hex()), digest);
  std::string upper = digest.hex();
  upper[0] = 'B';
  for (const std::string& text :
       {std::string(), upper, digest.hex() + "0", digest.hex().substr(1), std::string(64, 'g')}) {
    EXPECT_FALSE(Sha256Digest::from_hex(text)) << text;
  }
}

TEST(TextTest, BytesBecomeHexadecimalAndBase64) {
  EXPECT_EQ(to_hex(std::string_view("\0\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("guest:guest"), "Z3Vlc3Q6Z3Vlc3Q=");
  EXPECT_EQ(to_base64(std::string_view("\0\xff", 2)), "AP8=");
}

TEST(RandomTest, ASeedCanBeRepeatedAndTheSystemsCannot) {
  EXPECT_EQ(Random(7).hex(8), Random(7).hex(8));
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(Random::from_system().hex(8));
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(ids.begin()->size(), 16u);
}

TEST(RandomTest, NumbersStayInTheirRange) {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random.below(3));
    const double fraction = random.fraction();
    EXPECT_GE(fraction, 0);
    EXPECT_LT(fraction, 1);
  }
  EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2}));
}

TEST(WakeEventTest, EndsAPollInAnotherThreadOnce) {
  WakeEvent event;
  EXPECT_FALSE(event.clear());
  std::thread waker([&] { event.wake(); });
  pollfd wait{event.descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 60'000), 1);
  waker.join();
  event.wake();
  EXPECT_TRUE(event.clear());
  EXPECT_FALSE(event.clear());
}

TEST(CaBundleTest, TheFileThatThePersonNamesComesFirst) {
  ::setenv("SSL_CERT_FILE", "/my/own.pem", 1);
  EXPECT_EQ(ca_bundle(), "/my/own.pem");
  ::unsetenv("SSL_CERT_FILE");
  const auto usual = ca_bundle();
  if (usual) {
    EXPECT_TRUE(std::filesystem::exists(*usual));
  }
}

TEST(LogTest, ALineCannotBeBrokenOrForgedByAValue) {
  testing::internal::CaptureStderr();
  log(LogLevel::warn, "event seen",
      {{"plain", "a"}, {"odd", "b c=\"d\"\nerror forged"}, {"n", 3}, {"none", ""}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_NE(line.find(R"( warning event seen plain=a odd="b c=\"d\" error forged" n=3 none="")"),
            std::string::npos)
      << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(LogTest, LinesBelowTheLevelAreDropped) {
  const LogLevel before = log_level();
  set_log_level(LogLevel::error);
  testing::internal::CaptureStderr();
  log(LogLevel::warn, "event seen");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(log_level(), LogLevel::error);
  set_log_level(before);
}

TEST(WallTimeTest, IsWrittenAsPeopleReadIt) {
  EXPECT_EQ(to_text(WallTime(std::chrono::seconds(1'769'903'999))), "2026-01-31T23:59:59Z");
}

TEST(CheckDeathTest, WhatDoesNotHoldEndsTheProcessAndSaysWhere) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(check(1 > 2, "one is small"), "bug: one is small .*base_test.cc:");
  check(2 > 1, "two is larger");
}

}  // namespace
}  // namespace holdfast
