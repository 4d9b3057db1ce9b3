#include "submit/checked_list.h"

#include "core/job.h"

namespace holdfast {

namespace {

// A ledger's transaction ends after so many jobs: what it holds back of the disk stays small.
constexpr std::uint64_t kJobsPerCommit = 50'000;

void add_fault(CheckedList& checked, ListFault fault) {
  checked.faults_count += 1;
  if (checked.faults.size() < CheckedList::kFaultsKept) checked.faults.push_back(std::move(fault));
}

void add_job(CheckedList& checked, const ListedJob& job, Ledger& ledger) {
  const LedgerEntry entry = ledger.note(job.id, job.line, fingerprint(job.body));
  if (entry.listed_at_line) {
    add_fault(checked, {job.line, "the job_id '" + job.id + "' is already in line " +
                                      std::to_string(*entry.listed_at_line) +
                                      "; each job needs its own id"});
    return;
  }
  checked.jobs += 1;
  if (entry.submitted) checked.submitted += 1;
  if (entry.changed) checked.changed.emplace(job.id, job.line);
}

void note_lacking(CheckedList& checked, const ListedJob& job, const JobReader& reader,
                  const std::set<std::string>& asked) {
  for (const std::string& name : asked) {
    if (reader.has_field(name)) continue;
    CheckedList::Lack& lack = checked.lacking[name];
    if (++lack.jobs > 1) continue;
    lack.first = job;
    for (std::string& field : reader.fields()) checked.fields.insert(std::move(field));
  }
}

}  // namespace

CheckedList check_list(const JobList& list, Ledger& ledger, const std::set<std::string>& asked) {
  CheckedList checked;
  ListedJob job;
  ListFault fault;
  ledger.begin_list();
  const auto reader = list.read();
  std::uint64_t read = 0;
  for (Reading reading = reader->next(job, fault); reading != Reading::end;
       reading = reader->next(job, fault)) {
    if (reading == Reading::fault) {
      add_fault(checked, fault);
    } else {
      add_job(checked, job, ledger);
      note_lacking(checked, job, *reader, asked);
    }
    if (++read % kJobsPerCommit == 0) ledger.commit();
  }
  ledger.commit();
  if (checked.jobs == 0 && checked.faults_count == 0) {
    add_fault(checked, {1, "the list has no jobs"});
  }
  return checked;
}

}  // namespace holdfast
