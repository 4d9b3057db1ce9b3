// What was compressed comes back; what is no such frame says so.
#include "base/compression.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

constexpr std::size_t kSize = 3'000'000;

std::string noise(std::size_t size, std::uint64_t seed) {
  Random random(seed);
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random.below(256));
  return bytes;
}

std::string lines(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "energy " + std::to_string(i * 7919) + "\n";
  return text;
}

TEST(CompressionTest, TextBecomesLessAndComesBack) {
  for (const std::string& text : {lines(100), lines(kSize), std::string(kSize, '\0')}) {
    const auto frame = compressed(text);
    ASSERT_TRUE(frame);
    EXPECT_LT(frame->size(), text.size() * 9 / 10);
    EXPECT_EQ(decompressed(*frame, {}, text.size()), text);
    EXPECT_EQ(compressed(text), frame);
  }
}

TEST(CompressionTest, NoiseIsLeftAsItIs) {
  EXPECT_FALSE(compressed(noise(1000, 1)));
  EXPECT_FALSE(compressed(noise(kSize, 1)));
  EXPECT_FALSE(compressed(""));
}

TEST(CompressionTest, ADeltaHoldsWhatChanged) {
  const std::string base = noise(kSize, 1);
  std::string content = base;
  content.replace(kSize / 3, 1000, noise(1000, 2));
  content.insert(kSize / 2, noise(1000, 3));
  content += noise(1000, 4);
  const auto delta = delta_of(content, base, content.size() / 2);
  ASSERT_TRUE(delta);
  EXPECT_LT(delta->size(), 5'000u);
  EXPECT_EQ(decompressed(*delta, base, content.size()), content);
}

TEST(CompressionTest, ADeltaLargerThanAllowedIsNone) {
  const std::string base = noise(kSize, 1);
  EXPECT_FALSE(delta_of(noise(kSize, 2), base, kSize / 2));
  EXPECT_FALSE(delta_of(base + noise(1000, 2), base, 1000));
}

TEST(CompressionTest, DamageIsCorruptOrElseOtherBytes) {
  const std::string text = lines(100'000);
  const std::string frame = *compressed(text);
  const auto reading = [&](const std::string& bytes, std::size_t size) {
    return kind_thrown_by([&] { static_cast<void>(decompressed(bytes, {}, size)); });
  };
  EXPECT_EQ(reading("", text.size()), ErrorKind::corrupt);
  EXPECT_EQ(reading("no frame", text.size()), ErrorKind::corrupt);
  EXPECT_EQ(reading(frame.substr(0, frame.size() / 2), text.size()), ErrorKind::corrupt);
  EXPECT_EQ(reading(frame, text.size() - 1), ErrorKind::corrupt);
  EXPECT_EQ(reading(frame, text.size() + 1), ErrorKind::corrupt);
  for (std::size_t i = 0; i < frame.size(); i += 97) {
    std::string damaged = frame;
    damaged[i] ^= 0x10;
    static_cast<void>(reading(damaged, text.size()));  // The sanitizers watch.
  }
}

TEST(CompressionTest, AFrameThatClaimsTooMuchIsCorruptAndNotUnpacked) {
  const std::string frame = *compressed(std::string(10'000, 'a'));
  const auto unpacking = [](const std::string& stored, std::uint64_t size_bytes_max) {
    return kind_thrown_by([&] { static_cast<void>(decompressed_frame(stored, size_bytes_max)); });
  };
  EXPECT_TRUE(is_frame(frame));
  EXPECT_FALSE(is_frame("{\"format\":2}"));
  EXPECT_EQ(decompressed_frame(frame, 10'000), std::string(10'000, 'a'));
  EXPECT_EQ(unpacking(frame, 9'999), ErrorKind::corrupt);
  EXPECT_EQ(unpacking(frame.substr(0, 8), 10'000), ErrorKind::corrupt);
  EXPECT_EQ(unpacking("no frame at all", 10'000), ErrorKind::corrupt);
}

}  // namespace
}  // namespace holdfast
