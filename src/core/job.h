// A job as it comes from outside: a message body that may be anything. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace holdfast {

constexpr std::size_t kJobIdBytesMax = 200;
constexpr std::size_t kJobBytesMax = 256 * 1024;

// The job's name, chosen at submission: also the idempotency key and the prefix of everything that
// the store holds of the job. Only letters, digits and . _ - = @ + : ~ and not beginning with a
// dot, so that it can never leave its prefix.
class JobId {
 public:
  // nullopt unless `text` is a valid id.
  static std::optional<JobId> parse(std::string_view text);
  // A sentence that says why `text` is no id; empty if it is one.
  static std::string what_is_wrong(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const JobId&, const JobId&) = default;

 private:
  explicit JobId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

struct Job {
  JobId id;
  std::string body;  // Exactly as it was submitted: a JSON object.
  // Its fields as command arguments: texts as they are, all else as it is written in the body,
  // digit for digit, without blanks between the parts of a nested value.
  std::map<std::string, std::string> fields;
};

struct BadJob {
  std::string reason;  // One sentence: what is wrong and where.
};

// Stands for a job's content in ledgers and records: FNV-1a of its body.
std::uint64_t fingerprint(std::string_view body);

// Never throws, whatever `body` holds.
std::variant<Job, BadJob> parse_job(std::string_view body);

}  // namespace holdfast
