// Gives the jobs of a list their inputs: `--input NAME=TEMPLATE` becomes the field "inputs" of each
// job, and references to files of this machine become what a worker can reach.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/job_input.h"
#include "submit/job_reader.h"

namespace holdfast {

struct InputWishes {
  // By name; a template has fields of the job in braces. What it becomes is a reference, or the
  // path of a file of this machine.
  std::vector<std::pair<std::string, std::string>> templates;

  // A reference that stands for a file or folder of this machine, or a sentence why there is none.
  struct Fault {
    std::string what;
  };
  std::function<std::variant<std::string, Fault>(const std::filesystem::path& file)> local = {};
  // Also what the list itself names as file: is taken to be on this machine.
  bool local_references = false;

  bool none() const { return templates.empty() && !local_references; }
};

// `reader` with the wishes carried out; a job that they do not fit is a fault of its line.
std::unique_ptr<JobReader> with_inputs(std::unique_ptr<JobReader> reader,
                                       const InputWishes& wishes);

}  // namespace holdfast
