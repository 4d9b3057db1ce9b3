// What a person sees of a job in a list, made from one record of its log. The job index keeps one
// entry a job, as a short text: the name of an empty object for a job that goes on, a line of a
// fold for one that has ended (docs/formats.md, The job index). Pure.
//
// An index is a view. Of two entries of one job that of the higher record counts, so a late,
// doubled or lost one makes a list stale and nothing wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/job.h"
#include "core/record.h"
#include "core/time_account.h"

namespace holdfast {

struct IndexEntry {
  std::string job;
  std::uint64_t number = 0;  // Of the record.
  JobState state = JobState::waiting;

  std::uint64_t attempt = 0;
  std::uint64_t generation = 0;
  std::uint32_t failures = 0;           // Since progress.
  std::optional<double> fraction = {};  // Of the work, to a thousandth.
  std::optional<std::uint64_t> step = {};
  // Wall time of the record's writer, in seconds since 1970: for people. 0: unknown.
  std::int64_t changed = 0;
  std::int64_t durable = 0;  // The instant that the newest checkpoint shows.
  // Of all attempts; of a running one up to what is durable.
  TimeAccount spent = {};
  std::uint64_t ran_seconds = 0;  // The newest attempt, as far as the record knows.
  std::string ending = {};        // How the newest ended attempt ended; empty: none did.
  std::string reason = {};        // dead: one word.
  std::string worker = {};        // Who runs, or last ran, it. May be shortened.

  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

// The longest name that every file system takes.
constexpr std::size_t kIndexNameBytesMax = 255;

// A word as part of a name: characters other than A-Z a-z 0-9 . _ - become '_'.
std::string index_word(std::string_view word);

// Of a job that was forgotten nothing is listed or counted.
bool is_forgotten(const IndexEntry& entry);

std::optional<JobState> job_state_from_text(std::string_view text);

IndexEntry index_entry(const JobId& job, const Record& record);

// `{job}~{number},{state},{fields}`: printable ASCII without '/', at most kIndexNameBytesMax. What
// does not fit beside a long job id is left out, the least needed first.
std::string to_text(const IndexEntry& entry);

// nullopt if `text` is none. Fields of a newer version are skipped.
std::optional<IndexEntry> index_entry_from_text(std::string_view text);

}  // namespace holdfast
