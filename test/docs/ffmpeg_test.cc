// docs/ffmpeg.md, command by command: a film whose workers are killed again and again is the film
// of an encoder that was left alone.
#include "base/file.h"
#include "docs/page_fixture.h"

namespace holdfast::test {
namespace {

constexpr std::uint64_t kFileBytesMax = 64 * 1024 * 1024;

class FfmpegTest : public PageFixture {
 protected:
  FfmpegTest() : PageFixture("ffmpeg.md") {}

  std::string run_state() const override { return "jobs.csv.holdfast"; }

  // How many pieces are finished.
  std::int64_t progress(const std::filesystem::path& directory) const override {
    std::int64_t pieces = 0;
    while (std::filesystem::exists(directory / ("piece-" + std::to_string(pieces) + ".mp4"))) {
      ++pieces;
    }
    return pieces;
  }

  // The frames of a film, counted one by one.
  std::string frames(const std::filesystem::path& film) const {
    Program probe(
        {"/usr/bin/ffprobe", "-loglevel", "error", "-count_frames", "-select_streams", "v:0",
         "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", film.string()},
        {});
    EXPECT_EQ(probe.ends(kLong), 0) << probe.output();
    return probe.output();
  }
};

TEST_F(FfmpegTest, AFilmWhoseWorkersAreKilledIsByteForByteAsOneLeftAlone) {
  run("prepare");
  run_with_kills(2);
  run("compare");  // Encodes without a worker, and compares what `holdfast run` left with it.
  EXPECT_EQ(frames(folder() / "plain" / "film.mp4"), frames(folder() / "film.mp4"));

  run("submit");
  work_with_kills(long_test() ? 5 : 3);
  const auto plain = read_file(folder() / "plain" / "film.mp4", kFileBytesMax);
  ASSERT_TRUE(plain && !plain->empty());
  EXPECT_TRUE(result("film", "film.mp4") == *plain);
  expect_whole_page_used();
}

}  // namespace
}  // namespace holdfast::test
