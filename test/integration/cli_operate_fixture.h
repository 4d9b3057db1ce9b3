// A queue and a store in the test's folder, as a person without broker and bucket has them.
#pragma once

#include "integration/cli_fixture.h"

namespace holdfast::test {

class CliOperateTest : public CliTest {
 protected:
  Words places() const {
    return {"--queue", "sqlite:" + path("queue"), "--store", "file:" + path("store")};
  }
  Words store() const { return {"--store", "file:" + path("store")}; }

  static Words joined(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  void submit(const std::string& ids) const {
    run({"submit", write("jobs.csv", "job_id\n" + ids), "--queue", "sqlite:" + path("queue"),
         "--ledger", path("ledger-" + std::to_string(submissions_++))},
        0);
  }

  // A worker; `command` is run by a shell.
  Words work(const Words& more, const std::string& command) const {
    const Words words = joined(joined({"work"}, places()), more);
    return joined(words, {"--", "/bin/sh", "-c", command});
  }
  void work_off(const std::string& command) const { run(work({"--until-empty"}, command), 0); }

  std::string state_of(const std::string& job) const {
    return run(joined({"status", job, "--json"}, places()), 0);
  }

  static constexpr const char* kSucceeds = "echo done > \"$HOLDFAST_OUTPUT_DIR/result.txt\"";
  static constexpr const char* kRefuses = "echo about to refuse; exit 65";

 private:
  mutable int submissions_ = 0;
};

}  // namespace holdfast::test
