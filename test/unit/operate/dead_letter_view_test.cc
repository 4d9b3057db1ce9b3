// What a person is told of a dead letter, whoever put it there and whatever is in it.
#include "operate/dead_letter_view.h"

#include <gtest/gtest.h>

#include "operate/operate_json.h"

namespace holdfast {
namespace {

DeadLetter letter(const std::string& body) {
  return {body, "m1", {}, true};
}

TEST(DeadLetterViewTest, AJobsLetterSaysWhoSetItAsideAndWhy) {
  DeadLetter one = letter(R"({"job_id":"a"})");
  one.headers = {{"holdfast-reason", "failed"},
                 {"holdfast-error", "exit code 1"},
                 {"holdfast-worker", "pc-1"},
                 {"holdfast-attempts", "3"},
                 {"holdfast-when", "2026-01-31T23:59:59Z"}};
  const DeadLetterView view = view_of(one);
  EXPECT_EQ(view.name, "a");
  EXPECT_EQ(view.reason, "failed");
  EXPECT_EQ(view.error, "exit code 1");
  EXPECT_EQ(view.worker, "pc-1");
  EXPECT_EQ(view.attempts, "3");
  EXPECT_EQ(view.when, "2026-01-31T23:59:59Z");
}

TEST(DeadLetterViewTest, AMessageThatIsNoJobHasANameThatStaysTheSame) {
  const DeadLetterView view = view_of(letter("rubbish"));
  EXPECT_FALSE(view.job.has_value());
  EXPECT_TRUE(view.name.starts_with("message/")) << view.name;
  EXPECT_EQ(view.reason, "bad_message");
  EXPECT_FALSE(view.error.empty());
  EXPECT_EQ(view_of(letter("rubbish")).name, view.name);
  EXPECT_NE(view_of(letter("other rubbish")).name, view.name);
  EXPECT_FALSE(JobId::parse(view.name).has_value()) << "a job could have the same name";
}

TEST(DeadLetterViewTest, WhatTheBrokerSetAsideIsExplained) {
  DeadLetter one = letter(R"({"job_id":"a"})");
  one.headers = {{"holdfast-reason", "delivery_limit"}};
  EXPECT_NE(view_of(one).error.find("more often than its queue allows"), std::string::npos);
  EXPECT_EQ(view_of(letter(R"({"job_id":"a"})")).reason, "unknown");
}

TEST(DeadLetterViewTest, WhatIsNoJobIsMeantByItsNameOnly) {
  const DeadLetterView rubbish = view_of(letter("rubbish"));
  const DeadLetterView job = view_of(letter(R"({"job_id":"a"})"));
  const DeadLetterChoice all{true, {}, {}};
  EXPECT_TRUE(chosen(all, job));
  EXPECT_FALSE(chosen(all, rubbish));
  EXPECT_FALSE(chosen({false, "bad_message", {}}, rubbish));
  EXPECT_TRUE(chosen({false, {}, {rubbish.name}}, rubbish));
  EXPECT_TRUE(chosen({false, "unknown", {}}, job));
  EXPECT_FALSE(chosen({false, "failed", {}}, job));
  EXPECT_FALSE(chosen({false, {}, {"b"}}, job));
  EXPECT_FALSE(chosen({}, job));
}

TEST(DeadLetterViewTest, AJobOfManyLinesComesOutOnOne) {
  const DeadLetter one = letter("{\r\n \"job_id\": \"a\",\n \"note\": \"x\\ny\"}\n");
  EXPECT_EQ(exported(one, view_of(one)), "{   \"job_id\": \"a\",  \"note\": \"x\\ny\"} \n");
}

TEST(DeadLetterViewTest, WhatIsNoJobIsExportedAsItIsAndWhatWasCutOffNotAtAll) {
  DeadLetter one = letter("no\njob");
  EXPECT_EQ(exported(one, view_of(one)), "no\njob");
  one.whole = false;
  EXPECT_EQ(exported(one, view_of(one)), std::nullopt);
  EXPECT_NE(to_json(view_of(one), one).find(R"("whole":false)"), std::string::npos);
}

TEST(DeadLetterViewTest, ForProgramsNumbersAreNumbersAndBytesThatAreNoTextDoNotBreakIt) {
  DeadLetter one = letter("\xff\xfe");
  one.headers = {{"holdfast-attempts", "3"}, {"holdfast-error", "bad \xff"}};
  const std::string json = to_json(view_of(one), one);
  EXPECT_NE(json.find(R"("job_id":null)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("attempts":3)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("bytes":2)"), std::string::npos) << json;
}

}  // namespace
}  // namespace holdfast
