// Where a setting comes from: a flag wins over the process environment, that over the file that
// --env-file names. Remembers where it looked, so that a sentence about a missing setting can say
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"

namespace holdfast {

struct Setting {
  std::string value;
  std::string source;  // For people: "--queue", "AMQP_URL of the environment", "... of worker.env".
};

class Settings {
 public:
  // `flags` by their name, as in "--queue". `file_name` is empty if there is no file.
  Settings(std::map<std::string, std::string> flags, Environment environment, Environment file,
           std::string file_name);

  // What `flag` gives, else the first of `variables` that is set and not empty somewhere. `flag`
  // may be empty: none.
  std::optional<Setting> find(const std::string& flag,
                              const std::vector<std::string>& variables) const;

  // The same settings with the file as it stands now; nullopt if there is none or it cannot be
  // read, as while somebody writes it.
  std::optional<Settings> with_file_anew() const;
  const std::string& file_name() const noexcept { return file_name_; }

  // Only what the environment, or the file, says: for things that belong together.
  Settings of_environment() const { return Settings({}, environment_, {}, {}); }
  Settings of_file() const { return Settings({}, {}, file_, file_name_); }

  // As find(), but throws UsageError: "<what> is not set: give it with <flag> or <variables>".
  Setting require(const std::string& what, const std::string& flag,
                  const std::vector<std::string>& variables) const;

 private:
  std::map<std::string, std::string> flags_;
  Environment environment_;
  Environment file_;
  std::string file_name_;
};

}  // namespace holdfast
