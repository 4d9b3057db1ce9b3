// What the person who typed the command has to mend: the command line, a setting, the list of jobs.
// Ends the program with exit code 2, before anything was done.
#pragma once

#include <string>

#include "holdfast/error.h"

namespace holdfast {

class UsageError final : public Error {
 public:
  explicit UsageError(const std::string& what) : Error(ErrorKind::rejected, what) {}
};

}  // namespace holdfast
