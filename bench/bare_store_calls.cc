// Usage: bare_store_calls PREFIX COUNT < CALLS
// Makes the recorded calls of one job for as many jobs, one after the other on one connection, and
// nothing between them: the store's own time. CALLS: one a line, "KIND KEY [SIZE|FROM]", in which
// {job} stands for the job's id. Prints the median of each line in milliseconds, and last the mean
// of all calls of a job together.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/local/system_clock.h"
#include "adapters/s3/s3_store.h"
#include "base/digest.h"
#include "holdfast/error.h"

namespace holdfast::bench {
namespace {

constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{64} << 20;
constexpr Duration kPatience = std::chrono::seconds(60);

struct Call {
  std::string kind;
  std::string key;
  std::string more;
  std::vector<double> milliseconds = {};
};

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

std::vector<Call> read_calls() {
  std::vector<Call> calls;
  for (std::string line; std::getline(std::cin, line);) {
    Call call;
    std::istringstream(line) >> call.kind >> call.key >> call.more;
    calls.push_back(call);
  }
  return calls;
}

std::string of_job(std::string text, const std::string& job) {
  constexpr std::string_view kPlace = "{job}";
  for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at)) {
    text.replace(at, kPlace.size(), job);
  }
  return text;
}

std::string bytes_of_size(const std::string& size_text) {
  std::size_t size = 0;
  std::from_chars(size_text.data(), size_text.data() + size_text.size(), size);
  return std::string(size, 'x');
}

void make(Store& store, const Call& call, const std::string& job, TimePoint deadline) {
  const std::string key = of_job(call.key, job);
  if (call.kind == "list") {
    static_cast<void>(store.list(key, "", 1, deadline));
  } else if (call.kind == "get") {
    static_cast<void>(store.get(key, kAnswerBytesMax, deadline));
  } else if (call.kind == "create") {
    static_cast<void>(store.create(key, bytes_of_size(call.more), deadline));
  } else if (call.kind == "put") {
    const std::string bytes = bytes_of_size(call.more);
    store.put(key, bytes, sha256(bytes), deadline);
  } else if (call.kind == "copy") {
    static_cast<void>(store.copy(of_job(call.more, job), key, 0, deadline));
  } else if (call.kind == "remove") {
    store.remove(key, deadline);
  } else {
    throw Error(ErrorKind::rejected, "there is no call " + call.kind);
  }
}

void run(const std::string& prefix, std::size_t count) {
  const SystemClock clock;
  S3Store store(place(prefix), clock);
  std::vector<Call> calls = read_calls();
  static_cast<void>(store.list_folders("", "", 1, clock.now() + kPatience));  // Connects.
  double all = 0;
  for (std::size_t number = 0; number < count; ++number) {
    for (Call& call : calls) {
      const auto begin = std::chrono::steady_clock::now();
      make(store, call, "bare-" + std::to_string(number), clock.now() + kPatience);
      const std::chrono::duration<double, std::milli> time =
          std::chrono::steady_clock::now() - begin;
      call.milliseconds.push_back(time.count());
      all += time.count();
    }
  }
  for (Call& call : calls) {
    std::sort(call.milliseconds.begin(), call.milliseconds.end());
    std::printf("%s %s %.3f\n", call.kind.c_str(), call.key.c_str(), call.milliseconds[count / 2]);
  }
  std::printf("mean %.3f\n", all / static_cast<double>(count));
}

}  // namespace
}  // namespace holdfast::bench

int main(int argc, char** argv) {
  std::size_t count = 0;
  const std::string_view text = argc == 3 ? argv[2] : "";
  std::from_chars(text.data(), text.data() + text.size(), count);
  if (count == 0) {
    std::fputs("Usage: bare_store_calls PREFIX COUNT < CALLS\n", stderr);
    return 2;
  }
  try {
    holdfast::bench::run(argv[1], count);
  } catch (const holdfast::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
