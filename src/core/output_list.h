// The list of a job's outputs (docs/formats.md, Outputs). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"

namespace holdfast {

// Of the list's first object, and of each page.
constexpr std::uint64_t kOutputListBytesMax = 64 * 1024 * 1024;
// A list with more outputs is cut into pages of so many, each an object of its own.
constexpr std::size_t kOutputsPerPage = 10'000;

enum class OutputKind {
  file,
  folder,   // One with nothing in it.
  symlink,  // One that leads nowhere; all others are followed.
};

std::string_view to_text(OutputKind kind);

struct Output {
  std::string path;  // Relative to the output directory.
  OutputKind kind = OutputKind::file;
  std::uint64_t size_bytes = 0;  // file
  std::string digest;            // file: SHA-256 of its bytes, hexadecimal.
  std::uint32_t mode = 0644;     // file, folder: permission bits.
  std::int64_t modified_ns = 0;  // Since the epoch; 0: unknown.
  std::string target;            // symlink
  friend bool operator==(const Output&, const Output&) = default;
};

struct OutputPage {
  std::string digest;  // Of the page's object, which has it for its name.
  std::uint64_t count = 0;
};

// What made a result: for people who ask years later.
struct Provenance {
  std::vector<std::string> command;  // As it was run. Its end is left out if it is very long.
  std::string version;               // Of holdfast.
  std::string worker;
  AttemptNumber attempt;
  std::string started;  // Wall time: the attempt's claim, and its program's end.
  std::string ended;
  friend bool operator==(const Provenance&, const Provenance&) = default;
};
constexpr std::size_t kProvenanceBytesMax = 64 * 1024;  // Of the command.

struct OutputList {
  // Which attempt stored the files and pages; 0: the one whose list it is.
  AttemptNumber stored_by;
  std::uint64_t count = 0;
  std::uint64_t size_bytes = 0;
  std::vector<OutputPage> pages;  // Empty: all are here.
  std::vector<Output> outputs;
  std::optional<Provenance> made_by;  // nullopt: an older version stored it.
};

std::string to_json(const OutputList& list);
// Throws Error (corrupt), also for paths that leave the directory.
OutputList output_list_from_json(std::string_view bytes);

// Of one page.
std::string to_json(const std::vector<Output>& outputs);
std::vector<Output> outputs_from_json(std::string_view bytes);

}  // namespace holdfast
