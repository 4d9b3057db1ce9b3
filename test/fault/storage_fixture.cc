#include "fault/storage_fixture.h"

#include <sys/stat.h>

#include <fstream>

#include "adapters/http/endpoint.h"
#include "base/file.h"

namespace holdfast::test {

namespace {

constexpr std::size_t kRecordsMax = 1000;

}  // namespace

StorageFixture::StorageFixture() {
  const Endpoint server = parse_endpoint(fleet_.environment.at("R2_S3_ENDPOINT_URL"));
  proxy_ = std::make_unique<HttpFaultProxy>(server.host, server.port);
  fleet_.environment["R2_S3_ENDPOINT_URL"] = proxy_->url();
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 1);
}

std::unique_ptr<Program> StorageFixture::start(const std::string& name,
                                               const std::vector<std::string>& task) const {
  std::vector<std::string> words{"work", "--until-empty", "--worker", name};
  const auto option = [&words](const std::string& key, const std::string& value) {
    words.insert(words.end(), {key, value});
  };
  option("--work-dir", (fleet_.folder() / name).string());
  option("--patience", "2s");
  option("--checkpoint-every", checkpoint_every_);
  option("--checkpoint-pause", "50ms");
  words.push_back("--");
  words.insert(words.end(), task.begin(), task.end());
  return fleet_.start(words);
}

std::unique_ptr<Program> StorageFixture::start_script(const std::string& name,
                                                      const std::string& script) {
  fleet_.environment["HOLDFAST"] = from_services("HOLDFAST_TEST_PROGRAM");
  fleet_.environment["GO"] = fifo();
  static_cast<void>(::mkfifo(fifo().c_str(), 0600));  // Once is enough.
  return start(name, {"/bin/sh", "-c", "set -e\n" + script});
}

void StorageFixture::let_go() const {
  std::ofstream(fifo()) << "go\n";
}

std::unique_ptr<Program> StorageFixture::start(const std::string& name, int steps, int step_ms,
                                               int step_kib) const {
  return start(name, {GROWING_TASK, std::to_string(steps), std::to_string(step_ms),
                      std::to_string(step_kib)});
}

void StorageFixture::finish_with_another(int steps) {
  const auto another = start("another", steps);
  EXPECT_EQ(another->ends(kLong), 0) << another->output();
  EXPECT_FALSE(began_anew(another->output())) << another->output();
  expect_completed(std::to_string(steps));
}

Record StorageFixture::newest_record() const {
  const auto first = fleet_.store().list(layout_.log_prefix(), "", 1, clock_.now() + kSoon);
  return record_from_json(fleet_.object(first.at(0).key));
}

Restorer StorageFixture::restorer() const {
  return Restorer(fleet_.store(), clock_, layout_);
}

void StorageFixture::expect_completed(const std::string& result) {
  EXPECT_EQ(fleet_.object(key("result.txt")), result);
  Generation generation;
  AttemptNumber attempt;
  int completions = 0;
  auto records = fleet_.store().list(layout_.log_prefix(), "", kRecordsMax, clock_.now() + kSoon);
  for (auto entry = records.rbegin(); entry != records.rend(); ++entry) {  // The oldest first.
    const Record record = record_from_json(fleet_.object(entry->key));
    EXPECT_GE(record.generation, generation) << "record " << record.number;
    EXPECT_GE(record.attempt, attempt) << "record " << record.number;
    EXPECT_EQ(record.failures_since_progress, 0u) << "record " << record.number;
    generation = record.generation;
    attempt = record.attempt;
    if (record.kind == RecordKind::completed) ++completions;
  }
  EXPECT_EQ(completions, 1);

  const Record newest = newest_record();
  EXPECT_EQ(newest.state, JobState::completed);
  const auto folder = fleet_.folder() / "restored";
  for (const CheckpointRef& kept : newest.checkpoints) {
    EXPECT_TRUE(restorer().restore({kept}, folder, {}));
  }
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
  EXPECT_NE(counts.find("\"dead\":0"), std::string::npos) << counts;
}

std::size_t steps_in(const std::string& output) {
  const std::string kStep = " Step ";
  std::size_t count = 0;
  for (std::size_t at = output.find(kStep); at != std::string::npos;
       at = output.find(kStep, at + 1)) {
    ++count;
  }
  return count;
}

bool began_anew(const std::string& output) {
  return output.find("Starting step: 0") != std::string::npos;
}

}  // namespace holdfast::test
