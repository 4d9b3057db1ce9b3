// What the commands of this room tell programs. The keys are stable (docs/formats.md).
#pragma once

#include <string>

#include "operate/dead_letter_view.h"
#include "operate/kept_checkpoints.h"
#include "operate/redrive.h"
#include "ports/queue.h"
#include "results/remains.h"

namespace holdfast {

// {"name", "job_id" (null if it is no job), "reason", "error", "worker", "attempts" (null if
// unknown), "when", "message_id", "bytes", "whole" (false: it is longer, and was cut off)}
std::string to_json(const DeadLetterView& view, const DeadLetter& letter);

// {"generation", "attempt", "bytes", "when"} and, once it was verified, "state" and "error".
std::string to_json(const KeptCheckpoint& checkpoint);

// {"job_id", "outcome", "was", "worker"}; outcome as in `holdfast cancel --help`.
std::string cancel_json(const std::string& job, const std::string& outcome, const std::string& was,
                        const std::string& worker);

// {"job_id", "outcome", "was"}; outcome: requeued, or why it was left alone.
std::string rerun_json(const std::string& job, const std::string& outcome, const std::string& was);

// {"group", "had_stopped", "requeued"}
std::string resume_json(const std::string& group, bool had_stopped, std::uint64_t requeued);

// {"queue", "outcome": created, as_wanted or different; "differences", "losses": sentences}
std::string to_json(const SetupFinding& finding);

// {"name", "outcome", "error" (null if nothing is wrong with it)}; outcome: requeued, or why it was
// left alone.
std::string to_json(const RedriveNews& news);

// {"name", "outcome": dropped, kept or not_found; "error" (why it is kept; else null)}
std::string drop_json(const std::string& name, const std::string& outcome,
                      const std::string& error);

// {"job_id", "generation", "attempt", "bytes", "directory", "newest" (of those that are kept)}
std::string restored_json(const std::string& job, const CheckpointRef& checkpoint,
                          const std::string& directory, bool newest);

// {"job_id", "removed" (false: only counted), "objects", "bytes", "uploads", "error" (why it was
// left alone; else null)}
std::string pruned_json(const std::string& job, bool removed, const Unneeded& went,
                        const std::string& error);

// {"job_id", "outcome", "was", "worker", "objects", "bytes"}; outcome as in `holdfast forget
// --help`.
std::string forget_json(const std::string& job, const std::string& outcome, const std::string& was,
                        const std::string& worker, const Remains& remains);

// `text` as a JSON string, quotes included.
std::string json_text(const std::string& text);

}  // namespace holdfast
