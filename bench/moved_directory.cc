// Usage: moved_directory up PREFIX DIRECTORY [LAST]
//        moved_directory down PREFIX DIRECTORY ATTEMPT DIGEST BYTES
// What a worker does with a snapshot, and nothing else: stores DIRECTORY as the checkpoint of a job
// (after LAST, a snapshot before it), or restores it. up prints ATTEMPT DIGEST BYTES and what
// travelled, in bytes: of chunks, and of the list of them. The store is that of the R2_...
// variables.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/local/system_clock.h"
#include "adapters/retry/retrying_store.h"
#include "adapters/s3/s3_store.h"
#include "checkpoint/restorer.h"
#include "checkpoint/saver.h"
#include "holdfast/error.h"

namespace holdfast::bench {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw Error(ErrorKind::rejected, std::string(name) + " is not set");
  return value;
}

S3Config place(const std::string& prefix) {
  S3Config config;
  config.endpoint = variable("R2_S3_ENDPOINT_URL");
  config.bucket = variable("R2_BUCKET_NAME");
  config.prefix = prefix;
  config.credentials = {variable("R2_AWS_ACCESS_KEY_ID"), variable("R2_AWS_SECRET_ACCESS_KEY"), ""};
  return config;
}

void save(Saver& saver, const std::string& directory, std::uint64_t generation) {
  const auto saved = saver.save(directory, {generation}, {});
  std::printf("%llu %s %llu %llu %zu\n", static_cast<unsigned long long>(saved->ref.attempt.value),
              saved->ref.manifest_digest.c_str(),
              static_cast<unsigned long long>(saved->ref.size_bytes),
              static_cast<unsigned long long>(saved->uploaded_bytes),
              static_cast<std::size_t>(saved->manifest_bytes));
}

int run(const std::vector<std::string>& words) {
  SystemClock clock;
  S3Store inner(place(words.at(1)), clock);
  RetryingStore store(inner, clock, Random::from_system());
  const StoreLayout layout(*JobId::parse("moved"));
  if (words.at(0) == "up") {
    Saver saver(store, clock, layout, {1}, {});
    std::uint64_t generation = 0;
    if (words.size() > 3) save(saver, words[3], ++generation);
    save(saver, words.at(2), ++generation);
    return 0;
  }
  Restorer restorer(store, clock, layout);
  const CheckpointRef ref{{1}, {std::stoull(words.at(3))}, words.at(4), std::stoull(words.at(5))};
  return restorer.restore({ref}, words.at(2), {}) ? 0 : 1;
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  try {
    return holdfast::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moved_directory: %s\n", error.what());
    return 1;
  }
}
