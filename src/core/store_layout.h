// The name of every object of a job. The only place that spells them. Pure.
//
// The program's own objects lie below one folder that is no job's, so everything below the job's
// id is its result: a program may give its results any name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/attempt.h"
#include "core/job.h"

namespace holdfast {

// Holds a folder for each job, named by its id. No job's id begins with a dot.
inline constexpr std::string_view kJobsPrefix = ".holdfast/";

class StoreLayout {
 public:
  explicit StoreLayout(const JobId& job)
      : root_(std::string(kJobsPrefix) + job.text() + "/"), results_(job.text() + "/") {}

  // All of the program's own objects of this job begin with this.
  const std::string& root() const noexcept { return root_; }

  // Keys count down, so that the first key below log_prefix() is the newest record.
  std::string log_prefix() const { return root_ + "log/"; }
  // Throws Error (corrupt) for a number that no log ever reaches.
  std::string record(std::uint64_t number) const;
  // nullopt if `key` names no record.
  std::optional<std::uint64_t> record_number(std::string_view key) const;

  std::string job() const { return root_ + "job.json"; }
  // A save that is repeated may hold something else by then: the digest keeps a late write of the
  // first try from hitting the second.
  std::string manifest(AttemptNumber attempt, Generation generation,
                       const std::string& digest) const;
  std::string chunk(AttemptNumber attempt, const std::string& name) const;
  // Every manifest, and every chunk, begins with this.
  std::string manifests_prefix() const { return root_ + "manifests/"; }
  std::string chunks_prefix() const { return root_ + "chunks/"; }
  // What single attempts left begins with this.
  std::string attempts_prefix() const { return root_ + "attempts/"; }
  // Whose key below one of the three it is; nullopt if nobody's.
  static std::optional<AttemptNumber> attempt_of(std::string_view key, std::string_view prefix);
  // What one attempt left behind: its outputs and what it printed.
  std::string attempt_output(AttemptNumber attempt, const std::string& path) const;
  std::string attempt_outputs_manifest(AttemptNumber attempt) const;
  // A part of a list that is too long for one object.
  std::string attempt_outputs_page(AttemptNumber attempt, const std::string& digest) const;
  // What the attempt's task printed, a segment an object (core/log_segment.h): keys sort by where
  // they begin. Every key of its log, also those of earlier versions, begins with log_keys().
  std::string log_keys(AttemptNumber attempt) const;
  std::string log_segment(AttemptNumber attempt, std::uint64_t first) const;
  // Where the segment begins that `key` names; nullopt if it names none.
  std::optional<std::uint64_t> log_segment_first(AttemptNumber attempt, std::string_view key) const;
  // Earlier versions kept the end of it only: after the attempt's end, and while it ran.
  std::string old_log(AttemptNumber attempt) const;
  std::string old_log_so_far(AttemptNumber attempt) const;

  // The result, under the name that the user expects.
  std::string output(const std::string& path) const { return results_ + path; }
  // A file that another worker left as its checkpoint (docs/moving-from-the-guide.md).
  std::string foreign_checkpoint(const std::string& name) const { return results_ + name; }

 private:
  std::string root_;
  std::string results_;
};

// What workers say of themselves lies below this, which is no job's id.
inline constexpr std::string_view kWorkersFolder = ".workers";
// Why a worker takes no more jobs (core/unfit_notice.h).
std::string unfit_notice_key(std::string_view worker);

}  // namespace holdfast
