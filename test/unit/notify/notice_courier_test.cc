#include "adapters/notice/notice_courier.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "base/file.h"
#include "fakes/temporary_folder.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class NoticeCourierTest : public ::testing::Test {
 protected:
  std::string refused(const std::string& url, NotifyRules rules = {}) {
    NoticeCourier courier("key", {}, std::move(rules), clock_);
    try {
      courier.send(notice_, {NotifyTarget::Kind::url, url}, NamedBy::submitter, clock_.now() + 5s);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::rejected ? error.what() : "";
    }
    return "";
  }

  void run(const std::string& command) {
    NoticeCourier("", {}, {}, clock_)
        .send(notice_, {NotifyTarget::Kind::command, command}, NamedBy::us, clock_.now() + 10s);
  }

  const Notice notice_{"a/2", "completed", "Job a completed", R"({"id":"a/2"})"};
  SystemClock clock_;
  TemporaryFolder folder_;
};

TEST_F(NoticeCourierTest, SubmittersReachNoServerOfTheWorkersOwnNetwork) {
  for (const char* url : {"https://127.0.0.1:1/x", "https://localhost:1/x", "https://[::1]:1/",
                          "https://169.254.169.254/latest/meta-data", "https://10.1.2.3/",
                          "https://0.0.0.0/", "https://2130706433/"}) {
    EXPECT_FALSE(refused(url).empty()) << url;
  }
  EXPECT_FALSE(refused("http://192.0.2.1/x").empty()) << "in the clear";
}

TEST_F(NoticeCourierTest, WhatIsAllowedIsTried) {
  NotifyRules rules;
  ASSERT_EQ(rules.add("http://127.0.0.1:1"), "");
  EXPECT_EQ(refused("http://127.0.0.1:1/x", rules), "");  // Nobody listens there.
}

TEST_F(NoticeCourierTest, ASubmittersCommandIsNeverRun) {
  NoticeCourier courier("", {}, {}, clock_);
  const NotifyTarget command{NotifyTarget::Kind::command,
                             "touch " + (folder_.path() / "ran").string()};
  EXPECT_THROW(courier.send(notice_, command, NamedBy::submitter, clock_.now() + 5s), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "ran"));
}

TEST_F(NoticeCourierTest, ACommandReadsTheNoticeAndSeesNoSecret) {
  ::setenv("HOLDFAST_NOTIFY_KEY", "key", 1);
  const std::string file = (folder_.path() / "out").string();
  run("{ cat; echo \"$HOLDFAST_NOTICE_ID,$HOLDFAST_NOTICE_EVENT,$HOLDFAST_NOTICE_TEXT,"
      "$HOLDFAST_NOTIFY_KEY\"; } >" +
      file);
  ::unsetenv("HOLDFAST_NOTIFY_KEY");
  EXPECT_EQ(read_file(file, 1000), "{\"id\":\"a/2\"}\na/2,completed,Job a completed,\n");
}

TEST_F(NoticeCourierTest, ACommandThatFailsIsTriedAgainLater) {
  try {
    run("echo 'mail is away' >&2; exit 3");
    FAIL() << "nobody noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(std::string(error.what()).find("exited with 3: mail is away"), std::string::npos);
  }
}

TEST_F(NoticeCourierTest, ACommandThatHangsIsKilled) {
  NoticeCourier courier("", {}, {}, clock_);
  EXPECT_THROW(courier.send(notice_, {NotifyTarget::Kind::command, "sleep 60"}, NamedBy::us,
                            clock_.now() + 300ms),
               Error);
}

}  // namespace
}  // namespace holdfast
