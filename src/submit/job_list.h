// A list of jobs on disk: what it is, and as many passes over it as are wanted, with memory that
// does not grow with it. A list from a pipe is kept in a temporary file meanwhile.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "submit/job_reader.h"
#include "submit/labels.h"
#include "submit/listed_inputs.h"
#include "submit/sweep.h"

namespace holdfast {

enum class ListFormat { csv, jsonl };

class JobList {
 public:
  // `name` is a file, or "-" for standard input. .csv and .jsonl (or .ndjson) say what it is; of
  // anything else the first character does. Throws Error (rejected) if it cannot be read.
  explicit JobList(const std::string& name);

  // The jobs of a sweep, with `prefix` before their ids (submit/sweep.h); `name` is for people.
  static JobList of_sweep(const std::vector<SweptParameter>& parameters, const std::string& prefix,
                          const std::string& name);

  // For people: the file's name, or "standard input".
  const std::string& name() const noexcept { return name_; }
  ListFormat format() const noexcept { return format_; }

  // Each pass gives the jobs these labels, and then these inputs, which may name labels.
  void give_labels(Labels labels) { labels_ = std::move(labels); }
  void give_inputs(InputWishes wishes) { inputs_ = std::move(wishes); }

  // A pass from the beginning. Borrows the list.
  std::unique_ptr<JobReader> read() const;

 private:
  JobList(std::string name, FileDescriptor file, ListFormat format)
      : name_(std::move(name)), file_(std::move(file)), format_(format) {}

  std::string name_;
  FileDescriptor file_;
  ListFormat format_ = ListFormat::csv;
  Labels labels_;
  InputWishes inputs_;
};

}  // namespace holdfast
