#include "status/why.h"

#include <gmock/gmock.h>

#include "base/wall_time.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

const WallTime kNow = *wall_time_from("2026-01-31T14:00:00Z");

JobStatus job(std::optional<Record> newest) {
  return {*JobId::parse("job-17"), {}, std::move(newest), {}};
}

Record record(JobState state) {
  Record record;
  record.state = state;
  record.attempt = {2};
  record.worker = "pc-7";
  record.when = "2026-01-31T13:59:00Z";
  record.endings = {{{2}, Ending::failed, "pc-7", "exit code 1: no such file", record.when}};
  record.failures_since_progress = 1;
  return record;
}

WhyFacts facts() {
  WhyFacts facts;
  facts.now = kNow;
  facts.words = "--state jobs";
  return facts;
}

TEST(WhyTest, AJobThatNobodyHasTakenWaitsBehindOthersOrIsNotThere) {
  WhyFacts known = facts();
  known.place = PlaceInQueue{true, false, true, 212, {}};
  const Why queued = why(job({}), known);
  EXPECT_EQ(queued.state, "queued");
  EXPECT_THAT(queued.text, HasSubstr("212 jobs wait before it"));
  EXPECT_THAT(queued.text, Not(HasSubstr("No worker")));
  known.place->any_worker = false;
  EXPECT_THAT(why(job({}), known).text, HasSubstr("No worker is running"));
  known.place = PlaceInQueue{};
  EXPECT_EQ(why(job({}), known).state, "unknown");
  WhyFacts broker = facts();
  broker.queue.waiting = 5;
  broker.queue.in_flight = 0;
  broker.unfit = {{"pc-9", "its disk is full", "now"}};
  const Why waits = why(job({}), broker);
  EXPECT_EQ(waits.state, "queued");
  EXPECT_THAT(waits.text, HasSubstr("5 jobs wait in the queue"));
  EXPECT_THAT(waits.text, HasSubstr("No worker has a job."));
  EXPECT_THAT(waits.text, HasSubstr("pc-9: its disk is full"));
  EXPECT_THAT(waits.text, HasSubstr("or no such job was submitted"));
  broker.groups = {{"night"}};
  EXPECT_THAT(why(job({}), broker).text, HasSubstr("was submitted with group night"));
  broker.groups = std::vector<std::string>();
  EXPECT_THAT(why(job({}), broker).text, HasSubstr("may be misspelt"));
}

TEST(WhyTest, AJobThatFailedSaysWhyAndWhenItIsTriedAgain) {
  WhyFacts known = facts();
  known.place = PlaceInQueue{true, false, true, 0, kNow + std::chrono::seconds(300)};
  const Why retrying = why(job(record(JobState::waiting)), known);
  EXPECT_EQ(retrying.state, "retrying");
  EXPECT_EQ(retrying.retry_at, "2026-01-31T14:05:00Z");
  EXPECT_THAT(retrying.text, HasSubstr("exit code 1: no such file"));
  EXPECT_THAT(retrying.text, HasSubstr("at 2026-01-31T14:05:00Z, in 5 min"));
  EXPECT_THAT(retrying.text, HasSubstr("no checkpoint"));
  known.place = PlaceInQueue{};
  EXPECT_THAT(why(job(record(JobState::waiting)), known).text,
              HasSubstr("holdfast dead requeue job-17 --state jobs"));
}

TEST(WhyTest, ARunningJobSaysWhereAndWhatWouldBeLostAndWhetherSomebodyAsksAfterIt) {
  Record running = record(JobState::running);
  running.progress.fraction = 0.45;
  running.progress.as_of = "2026-01-31T13:58:00Z";
  running.checkpoints = {{{3}, {2}, std::string(64, 'a'), 10}};
  WhyFacts known = facts();
  known.last_line = "Step 9";
  const Why runs = why(job(running), known);
  EXPECT_EQ(runs.state, "running");
  EXPECT_THAT(runs.text, HasSubstr("attempt 2, on pc-7"));
  EXPECT_THAT(runs.text, HasSubstr("45 %"));
  EXPECT_THAT(runs.text, HasSubstr("last 2 min is in no checkpoint"));
  EXPECT_THAT(runs.text, HasSubstr("Step 9"));
  EXPECT_THAT(runs.text, Not(HasSubstr("But")));
  running.kind = RecordKind::asked;
  running.asker = "pc-8";
  EXPECT_EQ(why(job(running), known).state, "asked_after");
  EXPECT_THAT(why(job(running), known).text, HasSubstr("pc-8 has the job's message"));
  known.place = PlaceInQueue{true, false, true, 0, {}};
  EXPECT_THAT(why(job(running), known).text, HasSubstr("that worker is gone"));
}

TEST(WhyTest, ABrokerSaysHowManyJobsWaitForARetryAndNotWhich) {
  WhyFacts broker = facts();
  broker.queue.retrying = 3;
  EXPECT_THAT(why(job(record(JobState::waiting)), broker).text, HasSubstr("(3 jobs wait so now)"));
  broker.queue.retrying = 0;
  const Why due = why(job(record(JobState::waiting)), broker);
  EXPECT_THAT(due.text, HasSubstr("it is in the queue again"));
  EXPECT_THAT(due.text, Not(HasSubstr("30 min")));
  // One that is held waits for nothing else.
  broker.queue.retrying = 3;
  broker.stopped = {"night", {2, "2026-01-31T13:59:00Z"}};
  const Why held = why(job(record(JobState::waiting)), broker);
  EXPECT_THAT(held.text, HasSubstr("Its group night stopped"));
  EXPECT_THAT(held.text, Not(HasSubstr("30 min")));
}

TEST(WhyTest, ADeadJobsLastLineIsSaidOnce) {
  WhyFacts known = facts();
  known.last_line = "no such file";
  Record dead = record(JobState::dead);
  EXPECT_THAT(why(job(dead), known).text, Not(HasSubstr("The last line")));
  known.last_line = "Traceback";
  EXPECT_THAT(why(job(dead), known).text, HasSubstr("The last line it printed: \"Traceback\"."));
}

TEST(WhyTest, ADeadJobSaysWhyAndWhatMendsIt) {
  for (const auto& [reason, cure] :
       {std::pair{"failed", "holdfast logs job-17 --state jobs"},
        std::pair{"out_of_memory", "more memory"}, std::pair{"timed_out", "--time-limit"},
        std::pair{"refused", "another id"}, std::pair{"unrestorable", "--from-generation"},
        std::pair{"no_progress", "checkpoint"}, std::pair{"new_word", "holdfast dead show"}}) {
    Record dead = record(JobState::dead);
    dead.reason = reason;
    const Why found = why(job(dead), facts());
    EXPECT_EQ(found.state, "dead");
    EXPECT_THAT(found.text, HasSubstr(std::string("dead (") + reason + ")"));
    EXPECT_THAT(found.text, HasSubstr("exit code 1"));
    EXPECT_THAT(found.text, HasSubstr(cure)) << reason;
  }
}

TEST(WhyTest, AJobThatRanWhenItWasCancelledIsBeingCancelledUntilItIsNoted) {
  Record cancelled = record(JobState::cancelled);
  cancelled.endings = {{{2}, Ending::cancelled, "pc-7", "cancelled by anna", cancelled.when}};
  cancelled.by = "anna";
  WhyFacts known = facts();
  EXPECT_EQ(why(job(cancelled), known).state, "cancelling");
  known.log_ended = true;
  EXPECT_EQ(why(job(cancelled), known).state, "cancelled");
  EXPECT_THAT(why(job(cancelled), known).text, HasSubstr("by anna"));
  // It waited, or had not begun.
  known.log_ended = false;
  cancelled.endings.insert(cancelled.endings.begin(), record(JobState::waiting).endings.front());
  EXPECT_EQ(why(job(cancelled), known).state, "cancelled");
  cancelled.attempt = {};
  EXPECT_EQ(why(job(cancelled), known).state, "cancelled");
}

TEST(WhyTest, JsonHasItsKeysAndNullForWhatIsNotKnown) {
  const JobStatus status = job({});
  const Why found = why(status, facts());
  const std::string json = to_json(status, facts(), found);
  EXPECT_THAT(json, HasSubstr(R"({"job_id":"job-17","state":"queued","job_state":null,"text":")"));
  EXPECT_THAT(json, HasSubstr(R"("retry_at":null,"ahead":null,"last_line":null})"));
}

}  // namespace
}  // namespace holdfast
