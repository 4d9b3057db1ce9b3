// Everything that the store knows of one job, as a value, as text for people and as JSON.
//
// The JSON's keys are stable (docs/formats.md): job_id, state, attempt, epoch (1, and one more for
// each time that it was run again), generation, worker, progress {fraction, step, status, as_of,
// ran_s}, failures_since_progress, attempts_since_progress, failures_total, lost_total, resume_from
// (a generation), reason, by (who cancelled it or brought it back), endings [{attempt, ending,
// worker, detail, when, ran_s, resumed (a generation)}], checkpoints [{generation, attempt,
// bytes}], results
// [{name, bytes, sha256, kind}] (as many as are shown), results_count, results_bytes, made_by
// {command, version, worker, attempt, started, ended}, lag_seconds (running), spent {paid, useful,
// lost, failed, restoring, frozen, storing} in seconds, cost {paid, lost, useful_hour} in dollars
// (null without a price), when. State is "unclaimed" if the job has
// no log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/output_list.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct JobStatus {
  JobId id;
  // running: how long ago, by this machine's clock, the instant is that is durable. What the job
  // did since then would be lost.
  std::optional<std::uint64_t> lag_seconds = {};
  std::optional<Record> newest = {};  // nullopt: nobody has claimed it, or there is no such job.
  // What the result consists of, the first kResultsShownMax of it: until a job that is run again
  // completes, that of before.
  std::vector<Output> results = {};
  std::uint64_t results_count = 0;
  std::uint64_t results_bytes = 0;
  std::optional<Provenance> made_by = {};  // The result.
  std::optional<double> price = {};        // Dollars for an hour of one slot, if it is known.
};

// nullopt unless the job runs and its record says which instant is durable. Clocks of two machines
// meet here: for people only.
std::optional<std::uint64_t> lag_of(const Record& newest, const Clock& clock);

// Throws Error.
JobStatus look_at_job(Store& store, const Clock& clock, const JobId& id);

// Lines with their ends.
std::string for_people(const JobStatus& status);

std::string to_json(const JobStatus& status);

}  // namespace holdfast
