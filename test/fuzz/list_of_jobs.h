// Reads a list to its end with one of the readers, and holds every job of it to what a worker
// reads.
#pragma once

#include <sys/mman.h>

#include <string_view>
#include <variant>

#include "base/check.h"
#include "base/file.h"
#include "core/job.h"
#include "fuzz/fuzz_target.h"
#include "submit/job_reader.h"
#include "submit/text_input.h"

namespace holdfast::fuzz {

template <typename Reader>
void read_list(std::string_view input) {
  const FileDescriptor file(::memfd_create("list", MFD_CLOEXEC));
  check(file.open(), "there is memory for a list");
  write_range(file, "list", 0, input);
  Reader reader(TextInput(file, "list"));
  ListedJob job;
  ListFault fault;
  std::uint64_t line = 0;
  for (std::size_t i = 0; i <= input.size() + 1; ++i) {
    const Reading reading = reader.next(job, fault);
    if (reading == Reading::end) return;
    const std::uint64_t at = reading == Reading::job ? job.line : fault.line;
    check(at >= line && at <= input.size() + 1, "lines are counted upwards");
    line = at;
    if (reading == Reading::fault) {
      check(!fault.what.empty(), "a fault has a sentence");
      continue;
    }
    const auto parsed = parse_job(job.body);
    const auto* good = std::get_if<Job>(&parsed);
    check(good != nullptr && good->id.text() == job.id, "what is submitted can be worked on");
  }
  check(false, "a list comes to an end");
}

}  // namespace holdfast::fuzz
