// What the tests of a person's commands share: jobs that are dead, done or half done, in a queue
// and a store in the test's folder.
#pragma once

#include "integration/cli_embedded.h"

namespace holdfast::test {

class CliOperateTest : public CliEmbeddedTest {
 protected:
  Words store() const { return {"--store", "file:" + path("store")}; }

  static Words joined(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // One id a line. Submitted again, a job is sent again.
  void submit_ids(const std::string& ids) const {
    run({"submit", write("jobs.csv", "job_id\n" + ids), "--again", "--queue",
         "sqlite:" + path("queue")},
        0);
  }

  // A worker that goes on until it is ended; `script` is run by a shell.
  Words work_on(const Words& more, const std::string& script) const {
    const Words words = joined(joined({"work"}, places()), more);
    return joined(words, {"--", "/bin/sh", "-c", script});
  }
  void work_off(const std::string& script) const { run(work_script({}, script), 0); }

  static constexpr const char* kSucceeds = "echo done > \"$HOLDFAST_OUTPUT_DIR/result.txt\"";
  static constexpr const char* kRefuses = "echo about to refuse; exit 65";
};

}  // namespace holdfast::test
