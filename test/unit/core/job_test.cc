// A message body may be anything. Whatever it is, the answer is a job or one clear sentence.
#include "core/job.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/utf8.h"

namespace holdfast {
namespace {

std::string why_bad(std::string_view body) {
  const auto parsed = parse_job(body);
  const auto* bad = std::get_if<BadJob>(&parsed);
  return bad == nullptr ? "" : bad->reason;
}

Job good(std::string_view body) {
  const auto parsed = parse_job(body);
  EXPECT_TRUE(std::holds_alternative<Job>(parsed)) << why_bad(body);
  return std::holds_alternative<Job>(parsed) ? std::get<Job>(parsed)
                                             : Job{*JobId::parse("bad"), {}, {}};
}

TEST(JobTest, TheGuidesJobIsAJob) {
  const Job job = good(R"({"job_id":"job-0","steps":600})");
  EXPECT_EQ(job.id.text(), "job-0");
  EXPECT_EQ(job.body, R"({"job_id":"job-0","steps":600})");
  EXPECT_EQ(job.fields.at("steps"), "600");
  EXPECT_EQ(job.fields.at("job_id"), "job-0");
}

TEST(JobTest, FieldsBecomeArgumentsAsTheyAreWritten) {
  const Job job = good(R"({"job_id":"a","text":"two words","no":false,"null":null,)"
                       R"("list":[1, "x"],"half":0.5,"neg":-3})");
  EXPECT_EQ(job.fields.at("text"), "two words");
  EXPECT_EQ(job.fields.at("no"), "false");
  EXPECT_EQ(job.fields.at("null"), "null");
  EXPECT_EQ(job.fields.at("list"), R"([1,"x"])");
  EXPECT_EQ(job.fields.at("half"), "0.5");
  EXPECT_EQ(job.fields.at("neg"), "-3");
}

TEST(JobTest, FieldsAreAsTheyAreWritten) {
  for (const char* text :
       {"1.10", "1e-3", "1E3", "18446744073709551617", "-0", "0.30000000000000004",
        "123456789012345678901234567890", "true", "null", "[1.0,{\"b\":2e5}]"}) {
    EXPECT_EQ(good(R"({ "v" : )" + std::string(text) + R"( , "job_id":"j"})").fields.at("v"), text);
  }
  const Job job = good(
      "\xEF\xBB\xBF{\"a\\\"}{\":\"x\\n\\u00e4\",\"job_id\":7,\"n\":{ \"k l\" : [ 1.50 , \"a \\\" "
      "b\" ] },\"a\":1.0,\"a\":2.0}");
  EXPECT_EQ(job.fields.at("a\"}{"), "x\n\xC3\xA4");
  EXPECT_EQ(job.fields.at("job_id"), "7");
  EXPECT_EQ(job.fields.at("n"), R"({"k l":[1.50,"a \" b"]})");
  EXPECT_EQ(job.fields.at("a"), "2.0");
}

TEST(JobTest, AnIdThatIsAWholeNumberServesAsText) {
  EXPECT_EQ(good(R"({"job_id":17})").id.text(), "17");
}

TEST(JobTest, WhatIsNoJobIsSaidInASentence) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "empty"},
      {"rubbish", "not JSON"},
      {"{\"job_id\":\"a\"", "not JSON"},
      {"{\"job_id\":\"a\"} trailing", "not JSON"},
      {"\xff\xfe\x00garbage", "not JSON"},
      {"{\"job_id\":\"\xff\"}", "not JSON"},
      {std::string("{\"job_id\":\"a\0b\"}", 16), "not JSON"},
      {"[]", "not an object"},
      {"null", "not an object"},
      {"\"text\"", "not an object"},
      {"3", "not an object"},
      {"{}", "no field job_id"},
      {R"({"id":"a"})", "no field job_id"},
      {R"({"job_id":null})", "not text"},
      {R"({"job_id":["a"]})", "not text"},
      {R"({"job_id":1.5})", "not text"},
      {R"({"job_id":true})", "not text"},
      {R"({"job_id":""})", "empty"},
      {R"({"job_id":"../x"})", "not allowed"},
      {R"({"job_id":"a/b"})", "not allowed"},
      {R"({"job_id":"a\\b"})", "not allowed"},
      {R"({"job_id":".."})", "begins with a dot"},
      {R"({"job_id":".hidden"})", "begins with a dot"},
      {R"({"job_id":"a\u0000b"})", "not allowed"},
      {R"({"job_id":"a\nb"})", "not allowed"},
      {R"({"job_id":"a b"})", "not allowed"},
      {R"({"job_id":"a%2Fb"})", "not allowed"},
      {"{\"job_id\":\"\xc3\xa9\"}", "not allowed"},
      {R"({"job_id":")" + std::string(201, 'a') + R"("})", "201 bytes"},
      {std::string(1024 * 1024, 'x'), "1048576 bytes"},
      {std::string(33, '[') + std::string(33, ']'), "nests deeper"},
  };
  for (const auto& [body, word] : cases) {
    const std::string reason = why_bad(body);
    EXPECT_NE(reason.find(word), std::string::npos) << body.substr(0, 50) << " -> " << reason;
    EXPECT_LT(reason.size(), 300u);
    EXPECT_EQ(visible_line(reason), reason);
  }
}

TEST(JobTest, AnIdOfTheGreatestLengthIsTaken) {
  EXPECT_EQ(good(R"({"job_id":")" + std::string(200, 'a') + R"("})").id.text().size(), 200u);
}

TEST(JobTest, BracesInATextNestNothing) {
  const std::string text = std::string(100, '{') + std::string(50, '[') + R"(\"{{)";
  EXPECT_EQ(good(R"({"job_id":"a","code":")" + text + R"("})").id.text(), "a");
}

TEST(JobTest, BracesInATextDoNotHideHowDeepAValueNests) {
  constexpr std::size_t kDepth = 80'000;  // Enough to overflow a stack that follows it.
  const std::string hidden = R"({"job_id":"a","b":")" + std::string(kDepth, ']') + R"(","c":)" +
                             std::string(kDepth, '[') + std::string(kDepth, ']') + "}";
  ASSERT_LT(hidden.size(), kJobBytesMax);
  EXPECT_NE(why_bad(hidden).find("nests deeper"), std::string::npos);
}

TEST(JobTest, ManyFieldsAreReadInReasonableTime) {
  std::string body = R"({"job_id":"a")";
  for (int i = 0; body.size() < kJobBytesMax - 32; ++i) body += ",\"" + std::to_string(i) + "\":1";
  EXPECT_GT(good(body + "}").fields.size(), 20'000u);
}

TEST(JobTest, NoMutationOfAJobDoesMoreThanMakeItAnotherOrABadOne) {
  Random random(1);
  const std::string seed =
      R"({"job_id":"job-0","steps":600,"a":[1,2.5e3,{"b":"\u00e9\n"}],"c":null})";
  for (int i = 0; i < 20'000; ++i) {
    std::string body = seed;
    for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
      const std::size_t at = random.below(body.size());
      switch (random.below(3)) {
        case 0:
          body[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          body.erase(at, 1 + random.below(5));
          break;
        default:
          body.insert(at, 1, static_cast<char>(random.below(256)));
          break;
      }
      if (body.empty()) body = "{";
    }
    const auto parsed = parse_job(body);
    if (const auto* job = std::get_if<Job>(&parsed)) {
      EXPECT_TRUE(JobId::what_is_wrong(job->id.text()).empty());
    } else {
      EXPECT_FALSE(std::get<BadJob>(parsed).reason.empty());
    }
  }
}

}  // namespace
}  // namespace holdfast
