// Records come back as they were written; what is none is Error (corrupt) and never a crash.
#include "core/record.h"

#include <gtest/gtest.h>

#include "fakes/thrown.h"
#include "mutations.h"

namespace holdfast {
namespace {

Record full_record() {
  Record record;
  record.number = 12;
  record.kind = RecordKind::dead;
  record.state = JobState::dead;
  record.attempt = {4};
  record.attempt_id = "00ff00ff00ff00ff";
  record.worker = "pc \"7\"";
  record.message_id = "m\n1";
  record.revision = {0xfedcba9876543210, {1, 0xffffffffffffffff}};
  record.signs_of_life = 11;
  record.generation = {3};
  record.checkpoints = {{{3}, {2}, std::string(64, 'a'), 57}, {{2}, {1}, std::string(64, 'b'), 0}};
  record.failures_since_progress = 3;
  record.deferrals = 5;
  record.failures_total = 6;
  record.lost_total = 7;
  record.ran_total_seconds = 8000;
  record.spent = {11, 12, 13, 14, 15, 16};
  record.running = {21, 22, 23, 24, 25, 26};
  record.step_back = {StepBack::Stage::before, 2, {1}};
  record.reached = {0.75, 900};
  record.attempts_since_progress = 4;
  record.progress = {0.5, 300, "epoch 3 of 7 \xc3\xa9", "2026-01-31T22:00:00Z", 7200, 600};
  record.endings = {{{3}, Ending::lost, "pc-1", "vanished", "2026-01-31T23:59:59Z"},
                    {{4}, Ending::failed, "pc-7", "exit code 3", "2026-02-01T00:00:00Z", 90}};
  record.endings[1].spent = {31, 32, 33, 34, 35, 36};
  record.outputs_digest = std::string(64, 'c');
  record.reason = "failed";
  record.asker = "pc-9";
  record.by = "anna@desk";
  record.job = R"({"job_id":"a"})";
  record.when = "2026-02-01T00:00:01Z";
  return record;
}

std::optional<ErrorKind> reading(const std::string& bytes) {
  return kind_thrown_by([&] { static_cast<void>(record_from_json(bytes)); });
}

TEST(RecordTest, EveryFieldComesBack) {
  const Record record = full_record();
  const Record read = record_from_json(to_json(record));
  EXPECT_EQ(read.number, record.number);
  EXPECT_EQ(read.kind, record.kind);
  EXPECT_EQ(read.state, record.state);
  EXPECT_EQ(read.attempt, record.attempt);
  EXPECT_EQ(read.attempt_id, record.attempt_id);
  EXPECT_EQ(read.worker, record.worker);
  EXPECT_EQ(read.message_id, record.message_id);
  EXPECT_EQ(read.revision.content, record.revision.content);
  EXPECT_EQ(read.revision.replaced, record.revision.replaced);
  EXPECT_EQ(read.signs_of_life, record.signs_of_life);
  EXPECT_EQ(read.generation, record.generation);
  EXPECT_EQ(read.checkpoints, record.checkpoints);
  EXPECT_EQ(read.failures_since_progress, record.failures_since_progress);
  EXPECT_EQ(read.attempts_since_progress, record.attempts_since_progress);
  EXPECT_EQ(read.deferrals, record.deferrals);
  EXPECT_EQ(read.failures_total, record.failures_total);
  EXPECT_EQ(read.lost_total, record.lost_total);
  EXPECT_EQ(read.ran_total_seconds, record.ran_total_seconds);
  EXPECT_EQ(read.spent, record.spent);
  EXPECT_EQ(read.running, record.running);
  EXPECT_EQ(read.step_back.stage, record.step_back.stage);
  EXPECT_EQ(read.step_back.failures, record.step_back.failures);
  EXPECT_EQ(read.step_back.resume_from, record.step_back.resume_from);
  EXPECT_EQ(read.reached.fraction, record.reached.fraction);
  EXPECT_EQ(read.reached.step, record.reached.step);
  EXPECT_EQ(read.progress.fraction, record.progress.fraction);
  EXPECT_EQ(read.progress.step, record.progress.step);
  EXPECT_EQ(read.progress.status, record.progress.status);
  EXPECT_EQ(read.progress.as_of, record.progress.as_of);
  EXPECT_EQ(read.progress.ran_seconds, record.progress.ran_seconds);
  EXPECT_EQ(read.progress.every_milliseconds, record.progress.every_milliseconds);
  EXPECT_EQ(read.progress.stored_milliseconds, record.progress.stored_milliseconds);
  ASSERT_EQ(read.endings.size(), 2u);
  EXPECT_EQ(read.endings[1].spent, record.endings[1].spent);
  EXPECT_EQ(read.endings[1].ran_seconds, record.endings[1].ran_seconds);
  EXPECT_EQ(read.endings[1].resumed, record.endings[1].resumed);
  EXPECT_EQ(read.endings[1].attempt, record.endings[1].attempt);
  EXPECT_EQ(read.endings[1].ending, record.endings[1].ending);
  EXPECT_EQ(read.endings[1].worker, record.endings[1].worker);
  EXPECT_EQ(read.endings[1].detail, record.endings[1].detail);
  EXPECT_EQ(read.endings[1].when, record.endings[1].when);
  EXPECT_EQ(read.outputs_digest, record.outputs_digest);
  EXPECT_EQ(read.reason, record.reason);
  EXPECT_EQ(read.asker, record.asker);
  EXPECT_EQ(read.by, record.by);
  EXPECT_EQ(read.job, record.job);
  EXPECT_EQ(read.when, record.when);
}

TEST(RecordTest, EveryKindStateAndEndingComesBack) {
  for (const RecordKind kind : {RecordKind::claimed, RecordKind::checkpointed, RecordKind::asked,
                                RecordKind::answered, RecordKind::ended, RecordKind::completed,
                                RecordKind::dead, RecordKind::cancelled, RecordKind::redriven}) {
    Record record = full_record();
    record.kind = kind;
    EXPECT_EQ(record_from_json(to_json(record)).kind, kind);
  }
  for (const JobState state : {JobState::waiting, JobState::running, JobState::completed,
                               JobState::dead, JobState::cancelled}) {
    Record record = full_record();
    record.state = state;
    EXPECT_EQ(record_from_json(to_json(record)).state, state);
  }
  for (const Ending ending :
       {Ending::finished, Ending::interrupted, Ending::checkpointed, Ending::node_unfit,
        Ending::failed, Ending::out_of_memory, Ending::stalled, Ending::timed_out, Ending::refused,
        Ending::unrestorable, Ending::cancelled, Ending::lost}) {
    Record record = full_record();
    record.endings.back().ending = ending;
    EXPECT_EQ(record_from_json(to_json(record)).endings.back().ending, ending);
  }
}

TEST(RecordTest, ARecordIsOneLine) {
  EXPECT_EQ(to_json(full_record()).find('\n'), std::string::npos);
}

TEST(RecordTest, BytesThatAreNoTextAreWrittenAsSomethingThatCanBeRead) {
  Record record = full_record();
  record.worker = "\xff\xfe";
  const Record read = record_from_json(to_json(record));
  EXPECT_EQ(to_json(read), to_json(record));  // So that a lost answer is known as ours again.
}

TEST(RecordTest, WhatIsNoRecordIsCorrupt) {
  for (const std::string& bytes :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"), std::string("7"),
        std::string("rubbish"), std::string(5000, ' '), std::string(4000, '['),
        std::string("\xff\xff"), std::string(2000, '{')}) {
    EXPECT_EQ(reading(bytes), ErrorKind::corrupt) << bytes.substr(0, 20);
  }
}

TEST(RecordTest, ARecordThatWasCutOffAnywhereIsCorrupt) {
  const std::string whole = to_json(full_record());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(reading(whole.substr(0, size)), ErrorKind::corrupt) << size;
  }
}

TEST(RecordTest, ARecordLargerThanOneMayBeIsCorrupt) {
  Record record = full_record();
  record.job = std::string(kRecordBytesMax, 'x');
  EXPECT_EQ(reading(to_json(record)), ErrorKind::corrupt);
}

TEST(RecordTest, NumbersThatAreNegativeTooLargeBrokenOrNoneAreCorrupt) {
  const std::string whole = to_json(full_record());
  ASSERT_EQ(reading(whole), std::nullopt);
  for (const char* name :
       {"number", "attempt", "signs_of_life", "generation", "bytes", "failures_since_progress",
        "attempts_since_progress", "step", "format"}) {
    for (const char* value : {"-1", "1e300", "1.5", "18446744073709551615", "99999999999999999999",
                              "\"3\"", "null", "[]", "{}", "true"}) {
      const std::string bytes = with_value(whole, name, value);
      EXPECT_EQ(reading(bytes), ErrorKind::corrupt) << name << "=" << value;
    }
  }
  Record never_reached = full_record();
  never_reached.reached = {};
  for (const std::string& of_reached_or_progress : {whole, to_json(never_reached)}) {
    for (const char* value : {"-0.1", "1.1", "1e999", "null", "\"x\""}) {
      EXPECT_EQ(reading(with_value(of_reached_or_progress, "fraction", value)), ErrorKind::corrupt)
          << value;
    }
  }
}

TEST(RecordTest, FieldsOfTheWrongTypeOrMissingAreCorrupt) {
  const std::string whole = to_json(full_record());
  for (const char* name : {"kind", "state", "attempt_id", "worker", "message_id", "checkpoints",
                           "manifest", "progress", "endings", "ending", "detail", "when"}) {
    for (const char* value : {"7", "null", "\"\\u0000\"", "{\"a\":1}", "[7]"}) {
      const bool may_be_text = std::string(value).front() == '"' && std::string(name) != "kind" &&
                               std::string(name) != "state" && std::string(name) != "ending" &&
                               std::string(name) != "manifest" && std::string(name) != "progress" &&
                               std::string(name) != "checkpoints" && std::string(name) != "endings";
      if (may_be_text) continue;
      // An object with nothing that we know says nothing of progress.
      if (std::string(name) == "progress" && std::string(value).front() == '{') continue;
      EXPECT_EQ(reading(with_value(whole, name, value)), ErrorKind::corrupt) << name << value;
    }
    std::string renamed = whole;
    renamed.replace(renamed.find("\"" + std::string(name) + "\":"), 2, "\"_");
    EXPECT_EQ(reading(renamed), ErrorKind::corrupt) << name;
  }
}

TEST(RecordTest, ARecordThatContradictsItselfIsCorrupt) {
  const auto spoiled = [](const auto& spoil) {
    Record record = full_record();
    spoil(record);
    return reading(to_json(record));
  };
  EXPECT_EQ(spoiled([](Record& r) { r.number = 0; }), ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) { r.attempt = {0}; }), ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) {
              r.attempt = {0};
              r.state = JobState::cancelled;
            }),
            std::nullopt);  // Nobody had claimed it.
  EXPECT_EQ(spoiled([](Record& r) {
              r.attempt = {0};
              r.kind = RecordKind::redriven;
              r.state = JobState::waiting;
            }),
            std::nullopt);  // And it may run again.
  // A job with progress and no checkpoint would be started from zero (G8).
  EXPECT_EQ(spoiled([](Record& r) { r.checkpoints.clear(); }), ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) { r.generation = {4}; }), ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) { std::swap(r.checkpoints[0], r.checkpoints[1]); }),
            ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) { r.endings.clear(); }), ErrorKind::corrupt);
  EXPECT_EQ(spoiled([](Record& r) {
              r.state = JobState::completed;
              r.outputs_digest.clear();
            }),
            ErrorKind::corrupt);
}

TEST(RecordTest, NoMutationDoesMoreThanMakeItAnotherRecordOrCorrupt) {
  Random random(3);
  const std::string whole = to_json(full_record());
  int corrupt = 0;
  for (int i = 0; i < 30'000; ++i) {
    const auto kind = reading(mutated(whole, random));
    EXPECT_TRUE(!kind || kind == ErrorKind::corrupt);
    corrupt += kind ? 1 : 0;
  }
  EXPECT_GT(corrupt, 15'000);
}

}  // namespace
}  // namespace holdfast
