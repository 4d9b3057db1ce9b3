// A list of jobs in a temporary file, and what reading it gives.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/temporary_folder.h"
#include "submit/job_list.h"

namespace holdfast {

struct ReadList {
  std::vector<ListedJob> jobs;
  std::vector<ListFault> faults;

  std::vector<std::string> bodies() const {
    std::vector<std::string> bodies;
    for (const ListedJob& job : jobs) bodies.push_back(job.body);
    return bodies;
  }
};

class ListFile {
 public:
  ListFile(const std::string& name, std::string_view text) : path_(folder_.path() / name) {
    write(text);
  }

  void write(std::string_view text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
  }

  std::string name() const { return path_.string(); }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

inline ReadList read_all(const JobList& list) {
  ReadList read;
  const auto reader = list.read();
  for (;;) {  // Ends with the list.
    ListedJob job;
    ListFault fault;
    switch (reader->next(job, fault)) {
      case Reading::job:
        read.jobs.push_back(job);
        break;
      case Reading::fault:
        read.faults.push_back(fault);
        break;
      case Reading::end:
        return read;
    }
  }
}

inline ReadList read_text(const std::string& name, std::string_view text) {
  const ListFile file(name, text);
  return read_all(JobList(file.name()));
}

}  // namespace holdfast
