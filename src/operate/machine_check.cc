#include "operate/machine_check.h"

#include <algorithm>

#include "core/text.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;
constexpr std::uint64_t kWorkBytesFew = kGibibyte;
constexpr std::uint64_t kMemoryBytesFew = kGibibyte / 4;
// A worker needs a few dozens; this leaves some for the task, which inherits the limit.
constexpr std::uint64_t kOpenFilesFew = 1024;

void add_work_folder(const MachineFacts& facts, Findings& findings) {
  const std::string where = facts.work_folder.string();
  if (!facts.work_folder_fault.empty()) {
    findings.push_back({"machine.work_dir", Verdict::bad, facts.work_folder_fault,
                        "name another folder with --work-dir"});
    return;
  }
  const bool few = facts.work_bytes_free < kWorkBytesFew;
  findings.push_back({"machine.work_dir", few ? Verdict::warn : Verdict::ok,
                      where + " has " + bytes_text(facts.work_bytes_free) +
                          " free, for the files and snapshots of a job",
                      few ? "make room, or name another folder with --work-dir" : ""});
  if (facts.reflinks) {
    findings.push_back({"machine.snapshots",
                        Verdict::ok,
                        "files share blocks here (reflinks): a snapshot stops the task for no "
                        "longer than it takes to list its files",
                        {}});
  } else if (facts.hard_links) {
    findings.push_back({"machine.snapshots", Verdict::note,
                        "this file system cannot share blocks: the files that changed are copied "
                        "while the task is stopped",
                        "keep large checkpoints on XFS or btrfs to shorten that"});
  } else {
    findings.push_back({"machine.snapshots", Verdict::warn,
                        "this file system has neither reflinks nor hard links: every snapshot "
                        "copies all files while the task is stopped",
                        "name a folder on ext4, XFS or btrfs with --work-dir"});
  }
}

void add_memory(const MachineFacts& facts, Findings& findings) {
  std::uint64_t ours = facts.memory_bytes_available;
  std::string text = bytes_text(facts.memory_bytes_available) + " of " +
                     bytes_text(facts.memory_bytes) + " are available";
  if (facts.memory_bytes_allowed) {
    ours = std::min(ours, *facts.memory_bytes_allowed);
    text += "; the control group allows " + bytes_text(*facts.memory_bytes_allowed) +
            " for worker and task together";
  }
  const bool few = ours < kMemoryBytesFew;
  findings.push_back(
      {"machine.memory", few ? Verdict::warn : Verdict::ok, text,
       few ? "give the machine more memory: the kernel kills processes that need more" : ""});
}

}  // namespace

Findings judge(const MachineFacts& facts) {
  Findings findings;
  add_work_folder(facts, findings);
  add_memory(facts, findings);
  const bool few_files = facts.open_files_max < kOpenFilesFew;
  findings.push_back({"machine.open_files", few_files ? Verdict::warn : Verdict::ok,
                      std::to_string(facts.open_files_max) + " open files are allowed",
                      few_files ? "raise it with ulimit -n or LimitNOFILE=" : ""});
  if (facts.proc_mounted) {
    findings.push_back({"machine.proc", Verdict::ok, "/proc is mounted", {}});
  } else {
    findings.push_back({"machine.proc", Verdict::bad,
                        "/proc is not mounted: children of a task that moved to another process "
                        "group cannot be found and stopped",
                        "mount it: mount -t proc proc /proc"});
  }
  return findings;
}

}  // namespace holdfast
