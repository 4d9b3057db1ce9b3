// What the commands of this room tell programs. The keys are stable (docs/formats.md).
#pragma once

#include <string>

#include "operate/dead_letter_view.h"
#include "operate/kept_checkpoints.h"
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

// {"job_id", "outcome", "was", "worker", "objects", "bytes"}; outcome as in `holdfast forget
// --help`.
std::string forget_json(const std::string& job, const std::string& outcome, const std::string& was,
                        const std::string& worker, const Remains& remains);

// `text` as a JSON string, quotes included.
std::string json_text(const std::string& text);

}  // namespace holdfast
