// A message's body, and the command that is made of it.
#include "base/check.h"
#include "core/arguments.h"
#include "core/job.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const auto parsed = parse_job(input);
  if (const auto* bad = std::get_if<BadJob>(&parsed)) {
    check(!bad->reason.empty(), "a bad job has a reason");
    return;
  }
  const Job& job = std::get<Job>(parsed);
  check(job.body == input, "a job's body stays as it was submitted");
  check(JobId::parse(job.id.text()).has_value(), "a job's id is one");
  const std::vector<std::string> command = {"{job_id}", "--{steps}={steps}", "{{{model}}}", "{}"};
  const FilledArguments filled = fill_arguments(command, job.fields, {});
  check(!filled.problem.empty() || filled.arguments.size() == command.size(),
        "an argument stays one argument");
}
