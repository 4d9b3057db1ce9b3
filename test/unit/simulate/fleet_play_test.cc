#include "simulate/fleet_play.h"

#include <gtest/gtest.h>

#include "holdfast/error.h"

namespace holdfast {
namespace {

Scenario scenario() {
  Scenario made;
  made.jobs = 200;
  made.replicas_max = 20;
  return made;
}

PlayReport ours(const Scenario& scenario) {
  return play(scenario, our_way(scenario));
}

PlayReport guides(const Scenario& scenario) {
  return play(scenario, guides_way(scenario, Hours(0.5)));
}

TEST(FleetPlay, EveryJobEndsAndEveryPaidHourIsAccountedFor) {
  const PlayReport report = ours(scenario());
  EXPECT_EQ(report.completed, 200u);
  EXPECT_EQ(report.dead, 0u);
  EXPECT_NEAR(report.spent.useful.count(), 200 * 5, 1e-3);
  EXPECT_GT(report.interruptions, 50u);
  EXPECT_LE(report.spent.paid().count(), report.finished.count() * 20 + 20);
}

TEST(FleetPlay, TheSameSeedGivesTheSameRunAndAnotherAnother) {
  Scenario other = scenario();
  EXPECT_EQ(ours(scenario()).finished, ours(other).finished);
  other.seed = 2;
  EXPECT_NE(ours(scenario()).finished, ours(other).finished);
}

TEST(FleetPlay, WithoutInterruptionsOnlyIdlenessAndUploadsCostAnything) {
  Scenario calm = scenario();
  calm.mtbf = Hours(1e9);
  calm.restart_cost = Hours(0);
  const PlayReport report = ours(calm);
  EXPECT_EQ(report.interruptions, 0u);
  EXPECT_EQ(report.spent.lost.count(), 0);
  EXPECT_EQ(report.spent.restoring.count(), 0);
}

TEST(FleetPlay, ANewWorkerAndAnInterruptedJobCostTheirRestart) {
  Scenario costly = scenario();
  costly.restart_cost = Hours(0.1);
  Scenario calm = costly;
  calm.mtbf = Hours(1e9);
  EXPECT_NEAR(ours(calm).spent.restoring.count(), 20 * 0.1, 1e-9);
  // Each interruption leaves a new instance and an interrupted job, mostly for each other.
  const PlayReport report = ours(costly);
  const double downloads = static_cast<double>(report.interruptions) / 20;
  EXPECT_GT(report.spent.restoring.count() - downloads,
            0.1 * static_cast<double>(report.interruptions));
}

// Useful hours of those in which an instance had a job: what stays if fleet size is no matter.
double busy_goodput(const PlayReport& report) {
  return report.spent.useful / (report.spent.paid() - report.spent.idle);
}

TEST(FleetPlay, GoodputIsWhatTheBoundsAskFor) {
  Scenario hard = scenario();
  hard.jobs = 400;
  hard.job_length = Hours(50);  // The ends of jobs, where nothing is saved, shall not matter.
  for (const auto& [mtbf, least] :
       {std::pair{10.0, 0.96}, std::pair{4.0, 0.93}, std::pair{1.0, 0.78}}) {
    hard.mtbf = Hours(mtbf);
    EXPECT_GE(busy_goodput(ours(hard)), least) << mtbf;
  }
}

TEST(FleetPlay, ScaleInTakesNobodyBusyWithUsAndManyInTheGuidesWay) {
  EXPECT_EQ(ours(scenario()).busy_taken, 0u);
  EXPECT_GT(guides(scenario()).busy_taken, 5u);
}

TEST(FleetPlay, TheGuideSetsHealthyJobsAsideForBeingInterrupted) {
  Scenario hard = scenario();
  hard.mtbf = Hours(2);
  EXPECT_EQ(ours(hard).dead, 0u);
  EXPECT_GT(guides(hard).dead, 20u);
}

TEST(FleetPlay, JobsThatCanNeverBeDoneAreSetAsideOrSaid) {
  Scenario hopeless = scenario();
  hopeless.jobs = 3;
  hopeless.mtbf = Hours(0.01);
  hopeless.checkpoint_bytes = 1e12;
  EXPECT_EQ(ours(hopeless).dead, 3u);
  hopeless.replicas_max = 0;
  EXPECT_THROW(static_cast<void>(ours(hopeless)), Error);
}

}  // namespace
}  // namespace holdfast
