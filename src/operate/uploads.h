// Files that were uploaded as inputs (core/upload_layout.h), and which jobs name them.
//
// A waiting job has nothing in the store but this: whoever submits writes down first which of its
// jobs name which files, and only then looks which copies were given up, sends what is missing, and
// at last sends the jobs. Whoever removes a copy gives it up first, and only then reads who names
// it (operate/upload_sweep.h). So one of the two sees the other, however they meet.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// What one submission, or a part of it, wrote down. Never written again under its key.
struct UploadNote {
  std::string key;
  std::int64_t when = 0;                                 // Seconds since 1970.
  std::string group;                                     // Empty: none.
  std::map<std::string, std::vector<std::string>> jobs;  // By the file that they name.
};

class Uploads {
 public:
  // Borrows both.
  Uploads(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  using Say = std::function<void(const std::string& job, const std::set<std::string>& files)>;
  // `each` says it of each job of a submission. Throws Error.
  void name(const std::string& group, const std::function<void(const Say& say)>& each);

  // Of each file, by name, the copy that nobody has given up; 1 where none is listed. Only what is
  // read after name() counts. Throws Error.
  std::map<std::string, std::uint64_t> live_copies();

  // All that were written down, but for those with these keys. Throws Error, also (corrupt) for one
  // that is damaged: without it nobody knows what is needed.
  std::vector<UploadNote> notes(const std::set<std::string>& known);

 private:
  Store& store_;
  const Clock& clock_;
};

// Visits every object below `prefix`. Throws Error.
void each_object(Store& store, const Clock& clock, const std::string& prefix,
                 const std::function<void(const ObjectEntry&)>& visit);

}  // namespace holdfast
