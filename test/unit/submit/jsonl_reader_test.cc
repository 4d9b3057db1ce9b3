#include "submit/jsonl_reader.h"

#include <gtest/gtest.h>

#include "core/job.h"
#include "unit/submit/list_fixture.h"

namespace holdfast {
namespace {

using Bodies = std::vector<std::string>;

TEST(JsonlReader, ALineIsSentExactlyAsItStands) {
  const ReadList read =
      read_text("jobs.jsonl", "\xEF\xBB\xBF{\"job_id\": \"a\",  \"n\": 1.50}\r\n\n{\"job_id\":7}");
  EXPECT_EQ(read.bodies(), (Bodies{"{\"job_id\": \"a\",  \"n\": 1.50}", "{\"job_id\":7}"}));
  EXPECT_EQ(read.jobs.at(1).id, "7");
  EXPECT_EQ(read.jobs.at(1).line, 3u);
}

TEST(JsonlReader, EveryBadLineIsNamedAndTheOthersRead) {
  const ReadList read = read_text(
      "jobs.jsonl", "rubbish\n[1]\n{\"steps\":1}\n{\"job_id\":\"\"}\n{\"job_id\":\"../x\"}\n" +
                        std::string(kJobBytesMax * 4, 'x') + "\n{\"job_id\":\"good\"}\n");
  EXPECT_EQ(read.bodies(), Bodies{"{\"job_id\":\"good\"}"});
  ASSERT_EQ(read.faults.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(read.faults[i].line, i + 1);
}

TEST(JobListFormat, TheSuffixSaysWhatItIsElseTheFirstCharacter) {
  const auto format = [](const std::string& name, std::string_view text) {
    const ListFile file(name, text);
    return JobList(file.name()).format();
  };
  EXPECT_EQ(format("a.csv", "{\"job_id\":1}"), ListFormat::csv);
  EXPECT_EQ(format("a.jsonl", "job_id\n"), ListFormat::jsonl);
  EXPECT_EQ(format("a.ndjson", "job_id\n"), ListFormat::jsonl);
  EXPECT_EQ(format("jobs", "\n {\"job_id\":1}"), ListFormat::jsonl);
  EXPECT_EQ(format("jobs.txt", "job_id,steps\n"), ListFormat::csv);
}

}  // namespace
}  // namespace holdfast
