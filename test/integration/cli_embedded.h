// Workers on an embedded queue and a directory store below the test's folder.
#pragma once

#include "integration/cli_fixture.h"

namespace holdfast::test {

class CliEmbeddedTest : public CliTest {
 protected:
  Words places(const std::string& queue = "queue") const {
    return {"--queue", "sqlite:" + path(queue), "--store", "file:" + path("store")};
  }

  void submit(const std::string& text, const std::string& queue = "queue") const {
    run({"submit", write("jobs.csv", text), "--queue", "sqlite:" + path(queue)}, 0);
  }

  // `holdfast work --until-empty MORE -- COMMAND`
  Words work(const Words& more, const Words& command, const std::string& queue = "queue") const {
    Words words{"work", "--until-empty"};
    for (const Words& part : {places(queue), more, Words{"--"}, command}) {
      words.insert(words.end(), part.begin(), part.end());
    }
    return words;
  }

  // The same, for a script of shell.
  Words work_script(const Words& more, const std::string& script,
                    const std::string& queue = "queue") const {
    return work(more, {"/bin/sh", "-c", script}, queue);
  }

  std::string status(const std::string& job) const {
    Words words{"status", job, "--json"};
    for (const std::string& word : places()) words.push_back(word);
    return run(words, 0);
  }
};

}  // namespace holdfast::test
