#include "base/compression.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "base/check.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Level 1 keeps up with any line that people rent machines on; more costs the task's own time.
constexpr int kLevel = 1;
// What saves less than a tenth is not worth being undone.
constexpr std::uint64_t kPaysPercent = 90;
constexpr std::size_t kSampleBytes = 64 * 1024;
constexpr std::size_t kSamples = 4;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

using Compressor = std::unique_ptr<ZSTD_CCtx, FreeContext>;

Compressor make_compressor() {
  Compressor context(ZSTD_createCCtx());
  check(context != nullptr, "there is memory to compress");
  return context;
}

std::optional<std::string> frame_of(std::string_view content, std::string_view base,
                                    std::uint64_t size_bytes_max) {
  const Compressor context = make_compressor();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  if (!base.empty()) {
    // The window must reach over the content back to the beginning of the base.
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog,
                           static_cast<int>(std::bit_width(content.size() + base.size())));
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_refPrefix(context.get(), base.data(), base.size());
  }
  // No room for more than what pays: zstd stops as soon as it is full.
  std::string frame(size_bytes_max, '\0');
  const std::size_t size =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), content.data(), content.size());
  if (ZSTD_isError(size) != 0) return std::nullopt;
  frame.resize(size);
  frame.shrink_to_fit();
  return frame;
}

bool sample_pays(std::string_view content) {
  if (content.size() <= kSamples * kSampleBytes) return true;
  const std::size_t step = (content.size() - kSampleBytes) / (kSamples - 1);
  const Compressor context = make_compressor();
  std::string frame(kSampleBytes, '\0');
  std::size_t size = 0;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::string_view sample = content.substr(i * step, kSampleBytes);
    const std::size_t got = ZSTD_compressCCtx(context.get(), frame.data(), frame.size(),
                                              sample.data(), sample.size(), kLevel);
    size += ZSTD_isError(got) != 0 ? sample.size() : got;
  }
  return size <= kSamples * kSampleBytes * kPaysPercent / 100;
}

}  // namespace

std::optional<std::string> compressed(std::string_view content) {
  if (!sample_pays(content)) return std::nullopt;
  return frame_of(content, {}, content.size() * kPaysPercent / 100);
}

std::optional<std::string> delta_of(std::string_view content, std::string_view base,
                                    std::uint64_t size_bytes_max) {
  check(!base.empty(), "a delta has a base");
  return frame_of(content, base, size_bytes_max);
}

std::string decompressed(std::string_view stored, std::string_view base, std::uint64_t size_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  check(context != nullptr, "there is memory to decompress");
  if (!base.empty()) ZSTD_DCtx_refPrefix(context.get(), base.data(), base.size());
  std::string content(size_bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(context.get(), content.data(), content.size(),
                                               stored.data(), stored.size());
  if (ZSTD_isError(size) != 0) {
    throw Error(ErrorKind::corrupt,
                std::string("compressed bytes cannot be read: ") + ZSTD_getErrorName(size));
  }
  if (size != size_bytes) throw Error(ErrorKind::corrupt, "compressed bytes hold too little");
  return content;
}

bool is_frame(std::string_view stored) {
  return stored.starts_with("\x28\xb5\x2f\xfd");  // RFC 8878, 3.1.1.
}

std::string decompressed_frame(std::string_view stored, std::uint64_t size_bytes_max) {
  const auto size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  // Both words for "not known" are greater than any bound.
  if (size > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "compressed bytes do not say that they hold " +
                                        std::to_string(size_bytes_max) + " bytes or less");
  }
  return decompressed(stored, {}, size);
}

}  // namespace holdfast
