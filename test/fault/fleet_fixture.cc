#include "fleet_fixture.h"

#include <fstream>

#include "adapters/layout/layout_store.h"
#include "adapters/s3/s3_store.h"
#include "base/random.h"
#include "core/job.h"
#include "core/store_layout.h"

namespace holdfast::test {

namespace {

constexpr std::uint64_t kObjectBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kRecordsMax = 1000;

}  // namespace

Fleet::Fleet(const std::string& broker)
    : queue_("jobs-" + Random::from_system().hex(6)),
      folder_(std::filesystem::temp_directory_path() / ("holdfast-test-" + queue_)) {
  std::filesystem::create_directories(folder_);
  const std::string bucket = from_services("HOLDFAST_TEST_S3_BUCKET");
  environment = {
      {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
      {"HOME", folder_.string()},
      {"AMQP_URL", from_services(broker)},
      {"JOB_QUEUE", queue_},
      {"R2_AWS_ACCESS_KEY_ID", from_services("HOLDFAST_TEST_S3_ACCESS_KEY")},
      {"R2_AWS_SECRET_ACCESS_KEY", from_services("HOLDFAST_TEST_S3_SECRET_KEY")},
      {"R2_S3_ENDPOINT_URL", from_services("HOLDFAST_TEST_S3_ENDPOINT")},
      {"R2_BUCKET_NAME", bucket},
      {"SLOW_SUM_STEP_MS", "150"},
  };
  S3Config config;
  config.endpoint = environment["R2_S3_ENDPOINT_URL"];
  config.bucket = bucket;
  config.credentials = {
      environment["R2_AWS_ACCESS_KEY_ID"], environment["R2_AWS_SECRET_ACCESS_KEY"], {}};
  bucket_ = std::make_unique<S3Store>(config, clock_);
  // The bucket is everybody's: an older test may have settled where a job's objects lie.
  store_ = std::make_unique<LayoutStore>(*bucket_);
}

Fleet::~Fleet() {
  std::error_code ignored;  // What stays is in the temporary folder.
  std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<Program> Fleet::start(const std::vector<std::string>& words) const {
  std::vector<std::string> arguments{from_services("HOLDFAST_TEST_PROGRAM")};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return std::make_unique<Program>(arguments, environment);
}

std::string Fleet::run(const std::vector<std::string>& words, int code) const {
  const auto program = start(words);
  EXPECT_EQ(program->ends(kLong), code) << words.front() << ": " << program->output();
  return program->output();
}

std::unique_ptr<Program> Fleet::start_worker(const std::string& name,
                                             const std::vector<std::string>& more) const {
  return start_worker_of(name, {SLOW_SUM}, more);
}

std::unique_ptr<Program> Fleet::start_worker_of(const std::string& name,
                                                const std::vector<std::string>& command,
                                                const std::vector<std::string>& more) const {
  std::vector<std::string> words{
      "work",   "--worker",           name,   "--work-dir", (folder_ / name).string(), "--patience",
      patience, "--checkpoint-pause", "100ms"};
  words.insert(words.end(), more.begin(), more.end());
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return start(words);
}

void Fleet::submit(const std::string& prefix, int count, int steps) const {
  const auto list = folder_ / (prefix + ".csv");
  std::ofstream file(list);
  file << "job_id,steps\n";
  for (int i = 0; i < count; ++i) file << prefix << '-' << i << ',' << steps << '\n';
  file.close();
  run({"submit", list.string()});
}

std::string Fleet::object(const std::string& key) const {
  return store_->get(key, kObjectBytesMax, clock_.now() + kSoon).value_or("");
}

std::vector<Record> Fleet::records(const std::string& job) const {
  const StoreLayout layout(*JobId::parse(job));
  const auto listed = store_->list(layout.log_prefix(), "", kRecordsMax, clock_.now() + kSoon);
  std::vector<Record> records;
  for (auto at = listed.rbegin(); at != listed.rend(); ++at) {
    records.push_back(record_from_json(object(at->key)));
  }
  return records;
}

std::string sum_to(int steps) {
  return std::to_string(steps * (steps + 1) / 2);
}

}  // namespace holdfast::test
