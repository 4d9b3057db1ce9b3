// Forgetting takes all of a job away, broken off at any call and repeated; no number of its log
// becomes free, and nobody who was away brings anything back.
#include "operate/forget.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/output_list.h"
#include "core/redrive.h"
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "index/job_index.h"
#include "joblog/job_log.h"
#include "joblog/kept_job.h"
#include "results/remains.h"

namespace holdfast {
namespace {

class ForgetTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  void put(const std::string& key, const std::string& bytes) {
    memory_.put(key, bytes, sha256(bytes), kSoon);
  }
  void append(const JobLog::Step& step) {
    log_.read(kSoon);
    ASSERT_EQ(log_.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  void claim() {
    append([](const auto& before) {
      Record record = claimed(before, {"id-1", "pc-1", "m1"});
      if (!before) record.job = R"({"job_id":"a","secret":"s"})";
      return record;
    });
  }
  // With a checkpoint, a result that is published, and what it printed.
  void complete() {
    claim();
    Output output;
    output.path = "r.txt";
    output.size_bytes = 3;
    output.digest = sha256("abc").hex();
    const std::string list = to_json(OutputList{{}, 1, 3, {}, {output}, {}});
    put(layout_.attempt_output({1}, "r.txt"), "abc");
    put(layout_.output("r.txt"), "abc");
    put(layout_.attempt_outputs_manifest({1}), list);
    put(layout_.chunk({1}, "c"), "chunk");
    put(layout_.manifest({1}, {1}, sha256("m").hex()), "m");
    put(layout_.log_segment({1}, 0), "printed");
    put(layout_.job(), "job");
    append([&](const auto& before) {
      return completed(*before, sha256(list).hex(), {},
                       {before->attempt, Ending::finished, "pc-1", "", ""});
    });
  }
  Remains forget() {
    const Forgetting done = forget_job(store_, clock_, id_, "ann@desk");
    return remove_remains(store_, clock_, id_, done.newest, {});
  }
  Record newest() { return *JobLog(memory_, clock_, id_).read(kSoon); }
  // But for the records of its log, each of which says that the job is forgotten and nothing else.
  void expect_gone() {
    std::uint64_t records = 0;
    for (const std::string& key : memory_.keys()) {
      if (!key.starts_with(layout_.log_prefix())) {
        EXPECT_FALSE(key.starts_with(layout_.root()) || key == layout_.output("r.txt")) << key;
        continue;
      }
      records += 1;
      const Record record = record_from_json(*memory_.get(key, kRecordBytesMax, kSoon));
      EXPECT_EQ(record.number, *layout_.record_number(key));
      EXPECT_TRUE(is_forgotten(record)) << to_json(record);
      EXPECT_TRUE(record.job.empty() && record.endings.empty() && record.message_id.empty());
    }
    EXPECT_EQ(records, newest().number) << "every number stays taken";
  }

  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  const JobId id_ = *JobId::parse("a");
  const StoreLayout layout_{id_};
  JobLog log_{memory_, clock_, id_};
};

TEST_F(ForgetTest, AllOfACompletedJobGoes) {
  complete();
  const Remains planned = count_remains(store_, clock_, id_, {});
  EXPECT_EQ(planned.objects, 7u);
  const Remains gone = forget();
  EXPECT_EQ(gone.objects, planned.objects);
  EXPECT_EQ(gone.bytes, planned.bytes);
  expect_gone();
  EXPECT_EQ(read_kept_job(memory_, id_, kSoon), std::nullopt);
  EXPECT_EQ(newest().by, "ann@desk");
}

TEST_F(ForgetTest, WhatNoListOfItsResultsNamesIsSomebodyElsesAndStays) {
  complete();
  put(layout_.output("mine.txt"), "mine");
  EXPECT_EQ(forget().strangers, 1u);
  EXPECT_TRUE(memory_.get(layout_.output("mine.txt"), 10, kSoon).has_value());
  expect_gone();
}

TEST_F(ForgetTest, BrokenOffAtAnyCallAndRepeatedTheRestGoes) {
  constexpr std::size_t kCallsAtLeast = 15;
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    std::size_t call = 0;
    for (bool broken_off = true; broken_off; ++call) {
      SCOPED_TRACE("call " + std::to_string(call));
      for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
      complete();
      store_.plan(call, fault);
      try {
        forget();
        broken_off = false;
      } catch (const Error&) {
        forget();
      }
      expect_gone();
    }
    EXPECT_GT(call, kCallsAtLeast);
  }
}

TEST_F(ForgetTest, AnOwnerOfLongAgoFindsItsNumberTakenAndTheJobForgotten) {
  claim();
  JobLog owner(memory_, clock_, id_);
  owner.read(kSoon);
  complete();
  forget();
  EXPECT_EQ(owner.append_as_owner(
                "id-1", [](const auto& before) { return answered(*before); }, kSoon),
            AppendOutcome::superseded);
  EXPECT_TRUE(is_forgotten(*owner.newest()));
  EXPECT_TRUE(supersedes(*owner.newest(), "id-1"));
}

TEST_F(ForgetTest, WhoeverMayStillRunItIsNamedUntilItSaysThatItIsGone) {
  claim();
  Forgetting done = forget_job(store_, clock_, id_, "ann");
  EXPECT_EQ(done.newest.worker, "pc-1");
  EXPECT_FALSE(let_go_since(store_, clock_, id_, done.newest));
  append([](const auto& before) { return let_go(*before); });
  EXPECT_TRUE(let_go_since(store_, clock_, id_, done.newest));
  EXPECT_EQ(done.newest.number, 3u);
  EXPECT_FALSE(forget_job(store_, clock_, id_, "bob").forgotten_now);
  EXPECT_EQ(newest().by, "ann");
}

TEST_F(ForgetTest, OneThatNobodyHasSeenIsForgottenBeforeItsFirstAttempt) {
  forget();
  EXPECT_EQ(newest().attempt.value, 0u);
  EXPECT_TRUE(is_forgotten(newest()));
  expect_gone();
}

TEST_F(ForgetTest, NothingBringsItBack) {
  complete();
  forget();
  EXPECT_EQ(decide_rerun(newest(), StartFrom::zero), RerunDecision::forgotten);
  EXPECT_EQ(decide_redrive(newest(), CancelledJobs::come_back), RedriveDecision::drop);
  EXPECT_FALSE(redrivable_without_letter(newest(), CancelledJobs::come_back));
}

TEST_F(ForgetTest, TheIndexKeepsItsIdAndShowsItNoMore) {
  complete();
  JobIndex index(memory_, clock_, FleetLayout("jobs"));
  index.note(index_entry(id_, newest()), std::nullopt, kSoon);
  EXPECT_TRUE(index.forgotten_of({"a"}, nullptr).empty());
  forget();
  index.forget({index_entry(id_, newest())}, [] { return kSoon; });
  const IndexReading reading =
      index.read([](const IndexEntry& entry) { ADD_FAILURE() << entry.job; }, nullptr);
  EXPECT_EQ(reading.entries, 0u);
  EXPECT_EQ(index.forgotten_of({"a", "b"}, nullptr), (std::set<std::string>{"a"}));
  for (const std::string& key : memory_.keys()) {
    EXPECT_EQ(key.find("pc-1"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace holdfast
