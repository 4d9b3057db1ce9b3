#include "submit/sweep.h"

#include <set>

#include <gtest/gtest.h>

#include "core/group.h"
#include "core/job.h"
#include "submit/job_list.h"

namespace holdfast {
namespace {

SweptParameter sweep(const std::string& typed) {
  SweptParameter parameter;
  EXPECT_EQ(read_sweep(typed, parameter), "") << typed;
  return parameter;
}

std::string fault(const std::string& typed) {
  SweptParameter parameter;
  return read_sweep(typed, parameter);
}

std::vector<ListedJob> jobs_of(const std::vector<SweptParameter>& parameters,
                               const std::string& prefix = {}) {
  std::vector<ListedJob> jobs;
  each_swept_job(parameters, prefix, [&](const ListedJob& job) { jobs.push_back(job); });
  return jobs;
}

TEST(SweepTest, ValuesAreAsTheyAreWritten) {
  EXPECT_EQ(sweep("lr=1e-3,0.10").values, (std::vector<std::string>{"1e-3", "0.10"}));
  EXPECT_EQ(sweep("name=").values, std::vector<std::string>{""});
  EXPECT_EQ(sweep("seed=8..11").values, (std::vector<std::string>{"8", "9", "10", "11"}));
  EXPECT_EQ(sweep("x=-10..15..10").values, (std::vector<std::string>{"-10", "0", "10"}));
  EXPECT_EQ(sweep("path=../data").values, std::vector<std::string>{"../data"});
  SweptParameter array;
  EXPECT_EQ(read_array("0-3", array), "");
  EXPECT_EQ(array.name, "index");
  EXPECT_EQ(array.values.size(), 4u);
  SweptParameter stepped;
  EXPECT_EQ(read_array("0-100:50", stepped), "");
  EXPECT_EQ(stepped.values, (std::vector<std::string>{"0", "50", "100"}));
}

TEST(SweepTest, MistakesAreTold) {
  EXPECT_EQ(fault("lr"), "is not NAME=VALUES; write one such as lr=1e-3,1e-4 or seed=0..19");
  EXPECT_EQ(fault("job_id=1,2"), "has a name that a field of a sweep cannot have");
  EXPECT_EQ(fault("a/b=1"), "has a name that a field of a sweep cannot have");
  EXPECT_EQ(fault("a=1,2,1"), "has the value '1' twice");
  EXPECT_EQ(fault("a=5..1"), "ends before it begins");
  EXPECT_EQ(fault("a=0..9..0"), "has a step that is not above 0");
  EXPECT_EQ(fault("a=0..9000000000"), "has more than 1,000,000 values");
  EXPECT_EQ(fault("a=-9223372036854775808..9223372036854775807"), "has more than 1,000,000 values");
  SweptParameter array;
  EXPECT_EQ(read_array("7", array), "is not FIRST-LAST; write one such as 0-99, or 0-100:10");
}

TEST(SweepTest, SeveralMultiplyAndIdsSayTheValues) {
  const auto jobs = jobs_of({sweep("lr=1e-3,1e-4"), sweep("seed=0..2")});
  ASSERT_EQ(jobs.size(), 6u);
  EXPECT_EQ(jobs[0].id, "lr=1e-3:seed=0");
  EXPECT_EQ(jobs[0].body, R"({"job_id":"lr=1e-3:seed=0","lr":1e-3,"seed":0})");
  EXPECT_EQ(jobs[5].id, "lr=1e-4:seed=2");
  EXPECT_EQ(jobs_of({sweep("a=x")}, "july")[0].id, "july:a=x");
  EXPECT_EQ(swept_count({sweep("a=0..999"), sweep("b=0..999"), sweep("c=1,2")}), kSweptJobsMax + 1);
}

TEST(SweepTest, EveryIdIsOneAndNoOther) {
  const std::string hundred(100, 'v');
  const auto jobs = jobs_of(
      {sweep("p=a b,a_b,a/b,\xc3\xa4," + hundred + "," + hundred + "w"), sweep("q=:,=,x\"y\\")});
  std::set<std::string> ids;
  for (const ListedJob& job : jobs) {
    EXPECT_EQ(JobId::what_is_wrong(job.id), "");
    ids.insert(job.id);
    EXPECT_TRUE(std::holds_alternative<Job>(parse_job(job.body))) << job.body;
  }
  EXPECT_EQ(ids.size(), 18u);
  EXPECT_TRUE(
      JobId::parse(jobs_of({sweep("p=" + hundred + hundred)}, std::string(100, 'g'))[0].id));
}

TEST(SweepTest, IsReadAsAList) {
  const JobList list = JobList::of_sweep({sweep("a=1,x")}, "", "the sweep");
  const auto reader = list.read();
  ListedJob job;
  ListFault wrong;
  ASSERT_EQ(reader->next(job, wrong), Reading::job);
  EXPECT_TRUE(reader->has_field("a"));
  ASSERT_EQ(reader->next(job, wrong), Reading::job);
  EXPECT_EQ(job.body, R"({"job_id":"a=x","a":"x"})");
  EXPECT_EQ(reader->next(job, wrong), Reading::end);
}

TEST(GroupTest, IsNamedAfterTheList) {
  EXPECT_EQ(group_of_list("lists/night-17.csv"), "night-17");
  EXPECT_EQ(group_of_list("a.b.jsonl"), "a.b");
  EXPECT_EQ(group_of_list("jobs"), "jobs");
  EXPECT_EQ(group_of_list("my jobs.csv"), "my_jobs");
  EXPECT_EQ(group_of_list(".csv"), "_csv");
  EXPECT_EQ(group_of_list("-"), "");
  EXPECT_EQ(what_is_wrong_with_group("night-17"), "");
  EXPECT_NE(what_is_wrong_with_group("a/b"), "");
  EXPECT_NE(what_is_wrong_with_group(".a"), "");
  EXPECT_NE(what_is_wrong_with_group(""), "");
}

}  // namespace
}  // namespace holdfast
