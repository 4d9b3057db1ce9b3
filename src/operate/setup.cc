#include "operate/setup.h"

namespace holdfast {

namespace {

void describe_losses(const SetupFinding& finding, SetupReport& report) {
  for (const std::string& loss : finding.losses) {
    report.loses = true;
    report.lines.push_back("  ! " + loss);
  }
}

void describe(const SetupFinding& finding, SetupReport& report) {
  switch (finding.outcome) {
    case SetupFinding::Outcome::created:
      report.lines.push_back(finding.queue + ": made");
      return;
    case SetupFinding::Outcome::as_wanted:
      report.lines.push_back(finding.queue + ": exists and is as wanted");
      return;
    case SetupFinding::Outcome::different:
      break;
  }
  report.differs = true;
  report.lines.push_back(finding.queue + ": exists and differs; it was not changed");
  for (const std::string& difference : finding.differences) {
    report.lines.push_back("  - " + difference);
  }
}

}  // namespace

SetupReport set_up_queues(QueueAdmin& admin, TimePoint deadline) {
  SetupReport report;
  report.findings = admin.setup(deadline);
  for (const SetupFinding& finding : report.findings) {
    describe(finding, report);
    describe_losses(finding, report);
  }
  if (report.differs) {
    report.lines.push_back(
        "The arguments of a queue cannot be changed. To fix a queue: let the workers finish or "
        "drain them, delete the empty queue, and run holdfast setup again. Workers can use it as "
        "it is.");
  }
  if (report.loses) {
    report.lines.push_back(
        "A difference marked ! can lose jobs: holdfast submit and work refuse such a queue until "
        "it is fixed.");
  }
  return report;
}

}  // namespace holdfast
