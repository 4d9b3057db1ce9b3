#include "core/notice.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/hmac.h"
#include "core/notify_target.h"

namespace holdfast {
namespace {

NotifyTarget target(const std::string& typed) {
  return std::get<NotifyTarget>(parse_notify_target(typed));
}

std::string wrong(const std::string& typed) {
  const auto parsed = parse_notify_target(typed);
  const auto* what = std::get_if<std::string>(&parsed);
  return what == nullptr ? "" : *what;
}

TEST(NoticeTest, SaysWhatBecameOfAJob) {
  const Notice notice = notice_of({"a", "g", JobState::dead, 7, 3, "pc", "failed", "no", "2026"});
  EXPECT_EQ(notice.id, "a/7");
  EXPECT_EQ(notice.event, "dead");
  EXPECT_EQ(notice.json,
            R"({"format":1,"id":"a/7","event":"dead","text":"Job a is dead after 3 attempts: )"
            R"(failed, no","job_id":"a","record":7,"group":"g","attempt":3,"worker":"pc",)"
            R"("reason":"failed","detail":"no","when":"2026"})");
}

TEST(NoticeTest, SaysWhyInPlainWordsAndOnce) {
  JobEnd end{"a", "", JobState::dead, 7, 1, "pc", "refused"};
  EXPECT_EQ(notice_of(end).text, "Job a is dead: the program says that it cannot succeed");
  end.detail = "the program refused the job (exit code 65)";
  EXPECT_EQ(notice_of(end).text, "Job a is dead: the program refused the job (exit code 65)");
}

TEST(NoticeTest, IsJsonWhateverTheProgramPrinted) {
  JobEnd end{"a", "", JobState::dead, 7};
  end.detail = "caf\xe9 \"quoted\"\n\x1b[31m";
  const std::string json = notice_of(end).json;
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
  EXPECT_EQ(json.find('\xe9'), std::string::npos);
}

TEST(NoticeTest, OfWhatNoRecordSaysIsNamedByItsReason) {
  JobEnd end{"a", "", JobState::dead};
  end.reason = "damaged";
  EXPECT_EQ(notice_of(end).id, "a/damaged");
  EXPECT_NE(notice_of(end).json.find("\"record\":null"), std::string::npos);
}

TEST(NoticeTest, OfAGroupCountsItsJobs) {
  const Notice notice = notice_of(GroupEnd{"g", 298, 2, 1, "ab"}, "2026");
  EXPECT_EQ(notice.id, "group/g/ab");
  EXPECT_EQ(notice.text, "Group g has finished: 298 completed, 2 dead, 1 cancelled");
  EXPECT_NE(notice.json.find("\"jobs\":301"), std::string::npos);
}

TEST(NotifyTargetTest, IsAUrlOrACommand) {
  EXPECT_EQ(target("https://a.example/x").kind, NotifyTarget::Kind::url);
  EXPECT_EQ(target("http://10.0.0.1:80/x").kind, NotifyTarget::Kind::url);
  EXPECT_EQ(target("exec:./tell.sh x").text, "./tell.sh x");
  for (const char* bad : {"", "ftp://a/b", "https://", "https:///x", "https://u:p@host/",
                          "exec:", "exec:  ", "tell.sh", "https://a.example/a b"}) {
    EXPECT_FALSE(wrong(bad).empty()) << bad;
  }
  EXPECT_EQ(wrong("https://user:secret@host/").find("secret"), std::string::npos);
}

TEST(NotifyTargetTest, IsShownWithoutItsSecret) {
  EXPECT_EQ(shown(target("https://hooks.example/T0/secret?a=b")), "https://hooks.example/...");
  EXPECT_EQ(shown(target("https://hooks.example?key=secret")), "https://hooks.example/...");
  EXPECT_EQ(shown(target("exec:curl -H secret x")), "exec:curl ...");
  EXPECT_EQ(shown(target("exec:./tell.sh")), "exec:./tell.sh");
  EXPECT_NE(id_of(target("https://a.example/x")), id_of(target("https://a.example/y")));
}

TEST(NotifyRulesTest, APublicHttpsServerIsCalledUnlessNothingIs) {
  NotifyRules rules;
  EXPECT_EQ(rules.refusal(target("https://a.example/x")), "");
  EXPECT_NE(rules.refusal(target("http://a.example/x")), "");
  EXPECT_NE(rules.refusal(target("exec:true")), "");
  EXPECT_EQ(rules.add("none"), "");
  EXPECT_NE(rules.refusal(target("https://a.example/x")), "");
}

TEST(NotifyRulesTest, AHostThatIsNamedIsCalledWhereverItIs) {
  NotifyRules rules;
  EXPECT_EQ(rules.add("http://10.0.0.1:8080"), "");
  EXPECT_EQ(rules.add("https://ntfy.lan/topic/"), "");
  EXPECT_NE(rules.add("exec:x"), "");
  EXPECT_NE(rules.add("http://"), "");
  for (const char* good :
       {"http://10.0.0.1:8080", "http://10.0.0.1:8080/x", "https://ntfy.lan/topic"}) {
    EXPECT_TRUE(rules.names_host(good)) << good;
    EXPECT_EQ(rules.refusal(target(good)), "") << good;
  }
  for (const char* other : {"http://10.0.0.1:80801/", "http://10.0.0.1/", "https://ntfy.lan/topics",
                            "https://ntfy.lan.evil.example/topic"}) {
    EXPECT_FALSE(rules.names_host(other)) << other;
  }
  EXPECT_NE(rules.refusal(target("exec:true")), "");
}

// RFC 4231, test case 2.
TEST(HmacTest, IsThatOfTheStandard) {
  EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace holdfast
