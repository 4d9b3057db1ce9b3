#include "app/environment.h"

#include <gtest/gtest.h>

#include "app/usage_error.h"

namespace holdfast {
namespace {

TEST(EnvironmentFile, TheGuidesFileIsRead) {
  const Environment variables = parse_environment(
      "AMQP_URL=amqps://user:pa=ss#word@host/vhost\nJOB_QUEUE=my-job-queue\n", "worker.env");
  EXPECT_EQ(variables.at("AMQP_URL"), "amqps://user:pa=ss#word@host/vhost");
  EXPECT_EQ(variables.at("JOB_QUEUE"), "my-job-queue");
}

TEST(EnvironmentFile, CommentsExportQuotesBlanksAndWindowsLineEndsAreTakenOff) {
  const Environment variables = parse_environment(
      "\xEF\xBB\xBF# a comment\r\n\r\nexport A=\"x y\"\r\n  B = 'z' \r\nC=\r\nD=\"half\r\nA2=1",
      "f");
  EXPECT_EQ(variables.at("A"), "x y");
  EXPECT_EQ(variables.at("B"), "z");
  EXPECT_EQ(variables.at("C"), "");
  EXPECT_EQ(variables.at("D"), "\"half");
  EXPECT_EQ(variables.at("A2"), "1");
}

TEST(EnvironmentFile, ALineThatIsNoneIsNamedAndNotRepeated) {
  for (const char* text : {"A=1\nhunter2\n", "A=1\nhunter2 x=3\n", "A=1\n2B=hunter2\n"}) {
    try {
      parse_environment(text, "worker.env");
      FAIL() << text;
    } catch (const UsageError& error) {
      const std::string what = error.what();
      EXPECT_NE(what.find("worker.env, line 2"), std::string::npos) << what;
      EXPECT_EQ(what.find("hunter2"), std::string::npos) << what;
    }
  }
}

TEST(EnvironmentFile, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(read_environment_file("/nonexistent/worker.env"), UsageError);
}

}  // namespace
}  // namespace holdfast
