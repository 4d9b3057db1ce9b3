// Reads a list of jobs, one after the other. What is wrong with the list is an answer, not an
// Error: a person wants to see all of it at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

struct ListedJob {
  std::uint64_t line = 0;  // Where it begins, counted from 1.
  std::string id;
  std::string body;  // The message: a JSON object.
};

struct ListFault {
  std::uint64_t line = 0;
  std::string what;  // What is wrong there and what to do, without the line.
};

enum class [[nodiscard]] Reading{
    job,    // `job` holds the next one.
    fault,  // `fault` says what is wrong; reading goes on behind it.
    end,
};

// One pass over a list.
class JobReader {
 public:
  virtual ~JobReader() = default;

  // Throws Error if the file itself cannot be read.
  virtual Reading next(ListedJob& job, ListFault& fault) = 0;

  // Whether the job that was read last has this field.
  virtual bool has_field(const std::string& name) const = 0;
  // The names of its fields, for people.
  virtual std::vector<std::string> fields() const = 0;
};

}  // namespace holdfast
