// What becomes of a table of jobs, and that every mistake in one is named with its line.
#include "submit/csv_reader.h"

#include <gtest/gtest.h>

#include "core/job.h"
#include "unit/submit/list_fixture.h"

namespace holdfast {
namespace {

using Bodies = std::vector<std::string>;

ReadList csv(std::string_view text) {
  return read_text("jobs.csv", text);
}

void expect_fault(std::string_view text, std::uint64_t line, std::string_view words) {
  const ReadList read = csv(text);
  ASSERT_FALSE(read.faults.empty()) << text;
  EXPECT_EQ(read.faults.front().line, line) << text;
  EXPECT_NE(read.faults.front().what.find(words), std::string::npos) << read.faults.front().what;
}

TEST(CsvReader, ARowBecomesTheGuidesMessage) {
  const ReadList read = csv("job_id,steps\njob-0,600\njob-1,601\n");
  EXPECT_EQ(read.bodies(),
            (Bodies{R"({"job_id":"job-0","steps":600})", R"({"job_id":"job-1","steps":601})"}));
  EXPECT_EQ(read.jobs.at(1).id, "job-1");
  EXPECT_EQ(read.jobs.at(1).line, 3u);
  EXPECT_TRUE(read.faults.empty());
}

TEST(CsvReader, ACellThatIsSpelledLikeANumberBecomesExactlyThatNumber) {
  const ReadList read = csv("job_id,a,b,c,d\nx,-1.50,1e3,12345678901234567890123,0\n");
  EXPECT_EQ(read.bodies(),
            Bodies{R"({"job_id":"x","a":-1.50,"b":1e3,"c":12345678901234567890123,"d":0})"});
}

TEST(CsvReader, WhatIsNoNumberStaysText) {
  const ReadList read = csv("job_id,a,b,c,d,e\nx,007,+1,true,1e999, 5\n");
  EXPECT_EQ(read.bodies(),
            Bodies{R"({"job_id":"x","a":"007","b":"+1","c":"true","d":"1e999","e":" 5"})"});
}

TEST(CsvReader, TheJobIdIsAlwaysText) {
  EXPECT_EQ(csv("job_id,n\n17,4\n").bodies(), Bodies{R"({"job_id":"17","n":4})"});
}

TEST(CsvReader, AnEmptyCellIsAnEmptyText) {
  EXPECT_EQ(csv("job_id,a,b\nx,,2\ny,\"\",\n").bodies(),
            (Bodies{R"({"job_id":"x","a":"","b":2})", R"({"job_id":"y","a":"","b":""})"}));
}

TEST(CsvReader, QuotedCellsHoldCommasQuotesAndLineEnds) {
  const ReadList read = csv("job_id,note\nx,\"a,\"\"b\"\"\r\nc\"\ny,plain\n");
  EXPECT_EQ(read.bodies(), (Bodies{R"({"job_id":"x","note":"a,\"b\"\r\nc"})",
                                   R"({"job_id":"y","note":"plain"})"}));
  EXPECT_EQ(read.jobs.at(1).line, 4u);
}

TEST(CsvReader, WindowsLineEndsAByteOrderMarkAndAMissingLastLineEndAreTaken) {
  EXPECT_EQ(csv("\xEF\xBB\xBFjob_id,steps\r\na,1\r\n\r\nb,2").bodies(),
            (Bodies{R"({"job_id":"a","steps":1})", R"({"job_id":"b","steps":2})"}));
}

TEST(CsvReader, EveryBodyIsAJobThatAWorkerTakes) {
  const ReadList read = csv("job_id,a\nx,\"\x01\t\\ \xC3\xA4 \"\"\"\n");
  ASSERT_EQ(read.jobs.size(), 1u);
  const auto parsed = parse_job(read.jobs.front().body);
  ASSERT_TRUE(std::holds_alternative<Job>(parsed)) << std::get<BadJob>(parsed).reason;
  EXPECT_EQ(std::get<Job>(parsed).fields.at("a"), "\x01\t\\ \xC3\xA4 \"");
}

TEST(CsvReader, AListWithoutHeaderIsRefusedAsAWhole) {
  const ReadList read = csv("job-0,600\njob-1,600\n");
  EXPECT_TRUE(read.jobs.empty());
  ASSERT_EQ(read.faults.size(), 1u);
  EXPECT_EQ(read.faults.front().line, 1u);
  EXPECT_NE(read.faults.front().what.find("no column job_id"), std::string::npos);
}

TEST(CsvReader, BadHeadersAreNamed) {
  expect_fault("", 1, "empty");
  expect_fault("job_id,a,a\nx,1,2\n", 1, "'a' twice");
  expect_fault("job_id,\nx,1\n", 1, "column 2 has no name");
  expect_fault("job_id,\xFF\nx,1\n", 1, "not UTF-8");
  expect_fault("job_id;x\na;1\n", 1, "separated by semicolons");
  expect_fault("x\tjob_id\n1\ta\n", 1, "separated by tabs");
  expect_fault("[{\"job_id\":\"a\"},\n{\"job_id\":\"b\"}]\n", 1, "the list is JSON");
  expect_fault("a,1\nb,2\n", 1, "must be the header");
}

TEST(CsvReader, BadRowsAreNamedAndTheOthersRead) {
  const ReadList read = csv("job_id,steps\na,1,2\nb\nc,3\n../d,4\n,5\ne,\xFF\n");
  EXPECT_EQ(read.bodies(), Bodies{R"({"job_id":"c","steps":3})"});
  ASSERT_EQ(read.faults.size(), 5u);
  EXPECT_EQ(read.faults.at(0).line, 2u);
  EXPECT_NE(read.faults.at(0).what.find("3 cells and the header 2"), std::string::npos);
  EXPECT_EQ(read.faults.at(1).line, 3u);
  EXPECT_EQ(read.faults.at(2).line, 5u);
  EXPECT_EQ(read.faults.at(3).line, 6u);
  EXPECT_NE(read.faults.at(3).what.find("empty"), std::string::npos);
  EXPECT_EQ(read.faults.at(4).line, 7u);
}

TEST(CsvReader, AQuoteThatIsNeverClosedAndTextBehindOneAreNamed) {
  expect_fault("job_id,a\nx,\"1\ny,2\n", 2, "never closed");
  expect_fault("job_id,a\nx,\"1\"2\ny,2\n", 2, "after a closing quote");
}

TEST(CsvReader, ARowThatIsTooLongIsNamedAndTheNextOneRead) {
  const std::string rubbish(2 * kJobBytesMax, 'z');
  const ReadList read = csv("job_id,a\nx," + rubbish + "\ny,2\n");
  ASSERT_EQ(read.faults.size(), 1u);
  EXPECT_EQ(read.faults.front().line, 2u);
  EXPECT_EQ(read.bodies(), Bodies{R"({"job_id":"y","a":2})"});
}

TEST(CsvReader, EscapingCannotMakeAJobTooLarge) {
  const std::string controls(kJobBytesMax / 2, '\x01');
  expect_fault("job_id,a\nx," + controls + "\n", 2, "more than the");
}

}  // namespace
}  // namespace holdfast
