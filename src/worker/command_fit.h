// Whether the worker's command fits the jobs of its queue. Until a job has shown that it does, a
// job that it does not fit is left to other workers: it is then the command that is wrong, or the
// job, and nobody knows which. After three such jobs the worker ends. One thread.
#pragma once

#include <set>
#include <string>

#include "core/job.h"

namespace holdfast {

class CommandFit {
 public:
  // A job had every field that the command asks for; the program that it made of one was started.
  void fields_found() { fields_found_ = true; }
  void program_started() { program_started_ = true; }
  bool has_found_fields() const { return fields_found_; }
  bool has_started_program() const { return program_started_; }

  // The command does not fit this job, as `what` says; `cure` says how another one would. True if
  // that was one job too many.
  bool doubt(const JobId& job, const std::string& what, const std::string& cure) {
    constexpr std::size_t kJobsMax = 3;
    jobs_.insert(job.text());
    if (jobs_.size() < kJobsMax) return false;
    wrong_ = what + ", and it did not fit " + std::to_string(kJobsMax - 1) +
             " jobs before either. These jobs are left to other workers. " + cure;
    return true;
  }

  // Why the worker has to end; empty if it has not.
  const std::string& wrong() const { return wrong_; }

 private:
  bool fields_found_ = false;
  bool program_started_ = false;
  std::set<std::string> jobs_;
  std::string wrong_;
};

}  // namespace holdfast
