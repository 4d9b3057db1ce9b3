#include "fault/ownership_fixture.h"

#include <poll.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace holdfast::test {

namespace fs = std::filesystem;

namespace {

struct Place {
  std::size_t begin;  // Of host:port in the URL.
  std::string host;
  std::uint16_t port;
};

Place place_in(const std::string& url) {
  std::size_t begin = url.find("://") + 3;
  const std::size_t end = std::min(url.find('/', begin), url.size());
  const std::size_t at = url.rfind('@', end);
  if (at != std::string::npos && at > begin) begin = at + 1;
  const std::size_t colon = url.find(':', begin);
  return {begin, url.substr(begin, colon - begin),
          static_cast<std::uint16_t>(std::stoul(url.substr(colon + 1, end - colon - 1)))};
}

}  // namespace

void OwnershipFixture::expect_completed(const std::string& job, int steps) const {
  EXPECT_EQ(fleet_.object(job + "/result.txt"), sum_to(steps)) << job;
  const std::vector<Record> records = fleet_.records(job);
  ASSERT_FALSE(records.empty()) << job;
  EXPECT_EQ(records.back().state, JobState::completed) << job;
  EXPECT_EQ(records.back().failures_since_progress, 0u) << job;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const Record& before = records[i - 1];
    const Record& record = records[i];
    EXPECT_EQ(record.number, before.number + 1) << job;
    EXPECT_NE(before.state, JobState::completed) << job << ": a record after the end";
    EXPECT_GE(record.generation, before.generation) << job;
    if (record.kind == RecordKind::claimed) {
      EXPECT_EQ(record.attempt.value, before.attempt.value + 1) << job;
    } else {
      EXPECT_EQ(record.attempt, before.attempt) << job;
      EXPECT_EQ(record.attempt_id, before.attempt_id) << job << ": written by an older attempt";
    }
  }
}

void OwnershipFixture::expect_nothing_left() const {
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
  EXPECT_NE(counts.find("\"dead\":0"), std::string::npos) << counts;
}

std::unique_ptr<FaultProxy> OwnershipFixture::proxy_of(const std::string& variable,
                                                       const std::string& address) {
  std::string& url = fleet_.environment.at(variable);
  const Place place = place_in(url);
  auto proxy = std::make_unique<FaultProxy>(place.host, place.port, address);
  const std::string there = place.host + ":" + std::to_string(place.port);
  url.replace(place.begin, there.size(), address + ":" + std::to_string(proxy->port()));
  return proxy;
}

std::size_t times_done(const std::string& output, const std::string& job, int step) {
  const std::string line = job + " | Step " + std::to_string(step) + ",";
  std::size_t count = 0;
  for (std::size_t at = output.find(line); at != std::string::npos;
       at = output.find(line, at + 1)) {
    ++count;
  }
  return count;
}

std::vector<pid_t> processes_of(const std::string& job, int attempt) {
  const std::string id = "HOLDFAST_JOB_ID=" + job;
  const std::string number = "HOLDFAST_ATTEMPT=" + std::to_string(attempt);
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "environ", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    // Each variable ends with a zero; that of a dead process is empty.
    const auto has = [&](const std::string& variable) {
      return ('\0' + text).find('\0' + variable + '\0') != std::string::npos;
    };
    if (has(id) && has(number)) found.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return found;
}

bool all_gone(const std::string& job, int attempt, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!processes_of(job, attempt).empty()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    ::poll(nullptr, 0, 50);  // Nothing tells when somebody else's child ends.
  }
  return true;
}

bool newer_broker(const char* variable) {
  return std::string(variable).find('4') != std::string::npos;
}

bool long_test() {
  return std::getenv("HOLDFAST_TEST_LONG") != nullptr;
}

}  // namespace holdfast::test
