// holdfast fetch and wait: results arrive whole, verified, where they should and nowhere else.
#include <signal.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "core/job.h"
#include "core/output_list.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "fakes/s3_environment.h"
#include "integration/cli_operate_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class CliFetchTest : public CliOperateTest {
 protected:
  Words fetch(const Words& words) const {
    return joined(joined({"fetch"}, words), {"--store", "file:" + path("store")});
  }
  std::string fetched(const Words& words, int code) const { return run(fetch(words), code); }

  void make_results(const std::string& ids, const std::string& script) const {
    submit_ids(ids);
    work_off(script);
  }

  // A completed job whose list of outputs says what a worker never would.
  void forge(const std::string& job, const std::string& outputs) const {
    const StoreLayout layout(*JobId::parse(job));
    Record record;
    record.number = 1;
    record.kind = RecordKind::completed;
    record.state = JobState::completed;
    record.attempt = {1};
    record.attempt_id = "forged";
    record.outputs_digest = sha256(outputs).hex();
    put(layout.record(1), to_json(record));
    put(layout.attempt_outputs_manifest({1}), outputs);
  }
  void put(const std::string& key, const std::string& bytes) const {
    fs::create_directories(fs::path(path("store/" + key)).parent_path());
    write("store/" + key, bytes);
  }
  static std::string file(const std::string& name, const std::string& content) {
    return R"({"path":")" + name + R"(","bytes":)" + std::to_string(content.size()) +
           R"(,"sha256":")" + sha256(content).hex() + R"(","mode":420,"modified_ns":0})";
  }
  static std::string list(const std::string& outputs) {
    return R"({"format":2,"count":1,"bytes":1,"outputs":[)" + outputs + "]}";
  }

  static constexpr const char* kMixed =
      "cd \"$HOLDFAST_OUTPUT_DIR\"; mkdir -p deep/er empty; echo $HOLDFAST_JOB_ID > deep/er/a.txt; "
      "chmod 2750 deep/er/a.txt; touch -d 2001-02-03T04:05:06.789 deep/er/a.txt; "
      "chmod 700 empty; ln -s nowhere loose; printf 'x' > 'with space%41'; head -c 9000000 "
      "/dev/zero > big";
};

TEST_F(CliFetchTest, FilesModesTimesLinksAndEmptyFoldersAreAsTheProgramLeftThem) {
  make_results("a\nb\n", kMixed);
  const std::string output = fetched({"a", "b", "--to", path("out")}, 0);
  EXPECT_TRUE(contains(output, "2 of 2 jobs: 10 files, ")) << output;
  EXPECT_EQ(read(path("out/a/deep/er/a.txt")), "a\n");
  EXPECT_EQ(read(path("out/b/deep/er/a.txt")), "b\n");
  EXPECT_EQ(read(path("out/b/with space%41")), "x");
  EXPECT_EQ(fs::file_size(path("out/a/big")), 9'000'000u);
  EXPECT_EQ(fs::read_symlink(path("out/a/loose")), "nowhere");
  struct stat status {};
  ASSERT_EQ(::stat(path("out/a/deep/er/a.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0750u);
  EXPECT_EQ(status.st_mtim.tv_sec, 981'173'106);
  EXPECT_EQ(status.st_mtim.tv_nsec, 789'000'000);
  ASSERT_EQ(::stat(path("out/a/empty").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  EXPECT_FALSE(fs::exists(path("out/.holdfast-fetch")));
}

TEST_F(CliFetchTest, WhatIsThereIsLeftAndWhatDiffersIsReplaced) {
  make_results("a\n", kMixed);
  fetched({"a", "--to", path("out")}, 0);
  write("out/a/with space%41", "y");
  write("out/a/mine", "mine");
  const std::string output = fetched({"a", "--to", path("out")}, 0);
  EXPECT_TRUE(contains(output, ": 1 file, 1 bytes, fetched into ")) << output;
  EXPECT_TRUE(contains(output, "4 were there already")) << output;
  EXPECT_EQ(read(path("out/a/with space%41")), "x");
  EXPECT_EQ(read(path("out/a/mine")), "mine");
}

TEST_F(CliFetchTest, OnlyWhatIsAskedForComesAndFlatIfWished) {
  make_results("a\nb\n", kMixed);
  fetched({"a", "--to", path("out"), "--only", "*.txt"}, 0);
  EXPECT_TRUE(fs::exists(path("out/a/deep/er/a.txt")));
  EXPECT_FALSE(fs::exists(path("out/a/big")));
  fetched({"a", "b", "--to", path("flat"), "--flat", "--only", "deep/*", "--only", "big"}, 0);
  EXPECT_EQ(read(path("flat/a-deep-er-a.txt")), "a\n");
  EXPECT_EQ(read(path("flat/b-deep-er-a.txt")), "b\n");
  EXPECT_TRUE(fs::exists(path("flat/b-big")));
}

TEST_F(CliFetchTest, TwoFilesOfOneFlatNameAreTold) {
  make_results("a\n", "cd \"$HOLDFAST_OUTPUT_DIR\"; mkdir x; echo 1 > x/y; echo 2 > x-y");
  const std::string output = fetched({"a", "--to", path("flat"), "--flat"}, 1);
  EXPECT_TRUE(contains(output, "have the same name, a-x-y")) << output;
}

TEST_F(CliFetchTest, JobsWithoutAResultAreToldAndTheOthersFetched) {
  make_results("good\nbad\n", "test $HOLDFAST_JOB_ID = good || exit 65; " + std::string(kSucceeds));
  const std::string output = fetched({"bad", "none", "good", "--to", path("out")}, 1);
  EXPECT_TRUE(contains(output, "bad: is dead, so it has no result")) << output;
  EXPECT_TRUE(contains(output, "none: was not taken by any worker yet")) << output;
  EXPECT_EQ(read(path("out/good/result.txt")), "done\n");
  const std::string json = fetched({"bad", "--json", "--to", path("out")}, 1);
  EXPECT_TRUE(contains(json, R"({"job_id":"bad","state":"dead","fetched":0,)")) << json;
}

TEST_F(CliFetchTest, ADamagedResultIsNeverPutInPlace) {
  make_results("a\n", "cd \"$HOLDFAST_OUTPUT_DIR\"; echo 1 > one; echo 2 > two");
  fetched({"a", "--to", path("out")}, 0);
  // A second name of one file in a store in a directory: both copies are spoiled.
  write("store/a/one", "X\n");
  fs::remove(path("out/a/one"));
  const std::string output = fetched({"a", "--to", path("out")}, 1);
  EXPECT_TRUE(contains(output, "a/one is gone from the store, or is not what was stored"))
      << output;
  EXPECT_FALSE(fs::exists(path("out/a/one")));
  EXPECT_FALSE(fs::exists(path("out/.holdfast-fetch")));
}

TEST_F(CliFetchTest, APublishedFileThatSomebodyChangedIsFetchedAsItWasStored) {
  make_results("a\n", kSucceeds);
  fs::remove(path("store/a/result.txt"));
  write("store/a/result.txt", "else\n");
  fetched({"a", "--to", path("out")}, 0);
  EXPECT_EQ(read(path("out/a/result.txt")), "done\n");
}

TEST_F(CliFetchTest, NothingIsWrittenOutsideTheFolder) {
  fs::create_directories(path("elsewhere"));
  const std::string elsewhere = path("elsewhere");
  // Paths that leave the folder make the whole list a damaged one.
  for (const std::string name : {"../evil", "/etc/evil", "a/../../evil", "a//b", "."}) {
    forge("out-of-it", list(file(name, "x")));
    put("out-of-it/evil", "x");
    EXPECT_TRUE(contains(fetched({"out-of-it", "--to", path("out/in")}, 1), "out-of-it: ")) << name;
  }
  EXPECT_FALSE(fs::exists(path("evil")));
  EXPECT_FALSE(fs::exists(path("out/evil")));
  EXPECT_FALSE(fs::exists(path("out/in/evil")));
  // A link, and a file that would go through it.
  forge("by-link", list(R"({"path":"l","kind":"symlink","target":")" + elsewhere + R"("},)" +
                        file("l/evil", "x")));
  put("by-link/l/evil", "x");
  for (int i = 0; i < 3; ++i) fetched({"by-link", "--to", path("out")}, 1);
  EXPECT_TRUE(fs::is_empty(elsewhere));
  // Links that lie in the folder already.
  make_results("a\n", "cd \"$HOLDFAST_OUTPUT_DIR\"; mkdir d; echo 1 > d/f; echo 2 > g");
  fs::create_directories(path("linked/a"));
  fs::create_directory_symlink(elsewhere, path("linked/a/d"));
  write("elsewhere/target", "keep");
  fs::create_symlink(elsewhere + "/target", path("linked/a/g"));
  const std::string output = fetched({"a", "--to", path("linked")}, 1);
  EXPECT_TRUE(contains(output, "a/d is a symbolic link, and nothing is written through one"))
      << output;
  EXPECT_FALSE(fs::exists(path("elsewhere/f")));
  EXPECT_EQ(read(path("elsewhere/target")), "keep");
  EXPECT_EQ(read(path("linked/a/g")), "2\n");
  fs::create_directory_symlink(elsewhere, path("linked/b"));
  fs::create_directories(path("parts"));
  fs::create_directory_symlink(elsewhere, path("parts/.holdfast-fetch"));
  EXPECT_TRUE(contains(fetched({"a", "--to", path("parts")}, 2), "is a symbolic link"));
  EXPECT_FALSE(fs::exists(path("elsewhere/lock")));
}

TEST_F(CliFetchTest, KilledAtAnyMomentTheFolderHoldsWholeFilesOnlyAndTheNextCallGoesOn) {
  make_results("a\n",
               "cd \"$HOLDFAST_OUTPUT_DIR\"; for i in $(seq 16); do head -c 5000000 /dev/urandom "
               "> f$i; done; sha256sum f* > sums");
  int kills = 0;
  for (int i = 0; i < 3; ++i) {
    const auto program = start(fetch({"a", "--to", path("out")}));
    const auto until = std::chrono::steady_clock::now() + kEventTime;
    const std::string next = path("out/a/f" + std::to_string(4 * (i + 1)));
    while (!fs::exists(next) && std::chrono::steady_clock::now() < until) {
    }
    program->kill();
    program->ends(kEventTime);
    for (const auto& entry : fs::directory_iterator(path("out/a"))) {
      const bool sums = entry.path().filename() == "sums";
      EXPECT_TRUE(sums || entry.file_size() == 5'000'000u) << entry.path();
    }
    kills += fs::exists(path("out/.holdfast-fetch")) ? 1 : 0;
  }
  EXPECT_GE(kills, 1);
  const std::string output = fetched({"a", "--to", path("out")}, 0);
  EXPECT_FALSE(fs::exists(path("out/.holdfast-fetch")));
  shell("cd " + path("out/a") + " && sha256sum --quiet -c sums", 0);
}

TEST_F(CliFetchTest, APartIsGoneOnWithAndASpoiledOneIsNotBelieved) {
  constexpr std::size_t kBytes = 40'000'000;
  make_results("a\n", "yes | head -c 40000000 > \"$HOLDFAST_OUTPUT_DIR/big\"");
  std::string whole;
  while (whole.size() < kBytes) whole += "y\n";
  const std::string digest = sha256(whole).hex();
  const std::string part = "out/.holdfast-fetch/" + sha256("a/big\n" + digest).hex();
  const auto goes_on_with = [&](const std::string& left) {
    fs::remove(path("out/a/big"));
    fs::create_directories(path("out/.holdfast-fetch"));
    write(part, left);
    fetched({"a", "--to", path("out")}, 0);
    EXPECT_EQ(sha256(read(path("out/a/big"))).hex(), digest);
  };
  const std::string most = whole.substr(0, 35'000'000);
  goes_on_with(most);
  // Of the ranges that arrived last some are missing.
  std::string with_hole = most;
  with_hole.replace(12'000'000, 4'000'000, 4'000'000, '\0');
  goes_on_with(with_hole);
  std::string spoiled = most;
  spoiled[1] = 'x';
  goes_on_with(spoiled);
}

TEST_F(CliFetchTest, FollowFetchesAsJobsCompleteAndEndsWithTheLast) {
  submit_ids("a\nb\n");
  const auto worker = start(work_on({}, "test $HOLDFAST_JOB_ID = a || until test -e " + path("go") +
                                            "; do sleep 0.05; done; " + std::string(kSucceeds)));
  ASSERT_TRUE(worker->says("job completed job=a", kEventTime)) << worker->output();
  const auto follower =
      start(joined({"fetch", "a", "b", "--to", path("out"), "--follow"}, places()));
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  while (!fs::exists(path("out/a/result.txt")) && std::chrono::steady_clock::now() < until) {
  }
  EXPECT_EQ(read(path("out/a/result.txt")), "done\n");
  EXPECT_FALSE(fs::exists(path("out/b/result.txt")));
  write("go", "");
  EXPECT_EQ(follower->ends(kEventTime), 0) << follower->output();
  EXPECT_EQ(read(path("out/b/result.txt")), "done\n");
  worker->signal(SIGTERM);
  worker->ends(kEventTime);
}

TEST_F(CliFetchTest, ATableHoldsFieldsAndSmallResults) {
  const std::string jobs = write("jobs.csv", "job_id,lr,name\nj1,1e-3,\"a,b\"\nj2,0.10,c\n");
  const std::string script = write(
      "t.sh",
      "cd $HOLDFAST_OUTPUT_DIR; echo '{\"loss\":0.5,\"n\":{\"x\":1},\"lr\":7}' > m.json\n"
      "echo 42 > answer.txt; printf '1\\n2\\n' > lines.txt; head -c 100000 /dev/zero > large\n"
      "test $1 != j2 || exit 65\n");
  run({"run", jobs, "--", "/bin/sh", script, "{job_id}"}, 1);
  const std::string output = run({"fetch", "--list", jobs, "--table", path("t.csv")}, 1);
  EXPECT_TRUE(contains(output, "1 of 2 jobs; the table is ")) << output;
  EXPECT_EQ(read(path("t.csv")),
            "job_id,state,lr,name,answer,loss,n.x,m.lr\n"
            "j1,completed,1e-3,\"a,b\",42,0.5,1,7\n"
            "j2,dead,0.10,c,,,,\n");
}

TEST_F(CliFetchTest, RunBringsItsResultsIntoAFolder) {
  const std::string jobs = write_list("jobs.csv", "j", 3, 1);
  const std::string script = write("t.sh", std::string("test $1 != j-1 || exit 65\n") + kSucceeds);
  const std::string output =
      run({"run", jobs, "--to", path("out"), "--", "/bin/sh", script, "{job_id}"}, 1);
  EXPECT_TRUE(contains(output, "2 of 2 jobs: 2 files, ")) << output;
  EXPECT_EQ(read(path("out/j-0/result.txt")), "done\n");
  EXPECT_FALSE(fs::exists(path("out/j-1")));
  fs::remove_all(path("out"));
  run({"run", jobs, "--to", path("out"), "--", "/bin/sh", script, "{job_id}"}, 1);
  EXPECT_EQ(read(path("out/j-2/result.txt")), "done\n");
}

TEST_F(CliFetchTest, MistakesAreToldAndNothingIsDone) {
  make_results("a\n", kSucceeds);
  EXPECT_TRUE(contains(fetched({"a"}, 2), "give the destination: --to DIR"));
  EXPECT_TRUE(contains(fetched({"--to", path("out")}, 2), "name the jobs"));
  EXPECT_TRUE(contains(fetched({"a/b", "--to", path("out")}, 2), "is not allowed"));
  EXPECT_TRUE(contains(fetched({"--list", path("none.csv"), "--to", path("out")}, 2), "none.csv"));
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(CliFetchTest, ABucketGivesTheSame) {
  const S3Config s3 = s3_environment();
  const std::string env =
      write("worker.env", "AMQP_URL=\nR2_AWS_ACCESS_KEY_ID=" + s3.credentials.access_key +
                              "\nR2_AWS_SECRET_ACCESS_KEY=" + s3.credentials.secret_key +
                              "\nR2_S3_ENDPOINT_URL=" + s3.endpoint + "\nHOLDFAST_STORE=s3://" +
                              s3.bucket + "/" + s3.prefix + "\n");
  const Words fleet = {"--env-file", env, "--queue", "sqlite:" + path("queue")};
  submit_ids("a\nb\n");
  run(joined(joined({"work", "--until-empty"}, fleet),
             {"--", "/bin/sh", "-c", std::string(kMixed) + "; cp big \"$(printf 'r\\351')\""}),
      0);
  run(joined({"wait", "a", "b"}, fleet), 0);
  const auto killed = start(joined({"fetch", "a", "b", "--to", path("out")}, fleet));
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  while (!fs::exists(path("out/a")) && std::chrono::steady_clock::now() < until) {
  }
  killed->kill();
  killed->ends(kEventTime);
  run(joined({"fetch", "a", "b", "--to", path("out")}, fleet), 0);
  EXPECT_EQ(read(path("out/b/deep/er/a.txt")), "b\n");
  EXPECT_EQ(read(path("out/b/with space%41")), "x");
  EXPECT_EQ(fs::file_size(path("out/a/big")), 9'000'000u);
  EXPECT_EQ(fs::file_size(path("out/a/r\351")), 9'000'000u);
  EXPECT_EQ(fs::read_symlink(path("out/a/loose")), "nowhere");
}

class CliWaitTest : public CliOperateTest {};

TEST_F(CliWaitTest, EndsWhenAllHaveEndedAndSaysHow) {
  submit_ids("good\nbad\n");
  const auto worker = start(work_on({}, "until test -e " + path("go") + "; do sleep 0.05; done; " +
                                            "test $HOLDFAST_JOB_ID = good || exit 65"));
  ASSERT_TRUE(worker->says("job claimed", kEventTime)) << worker->output();
  EXPECT_TRUE(contains(run(joined({"wait", "good", "bad", "--timeout", "1s"}, places()), 124),
                       "2 have not ended"));
  const auto waiter = start(joined({"wait", "good", "bad", "--json"}, places()));
  write("go", "");
  EXPECT_EQ(waiter->ends(kEventTime), 1) << waiter->output();
  EXPECT_TRUE(contains(waiter->output(), R"({"event":"ended","job_id":"bad","state":"dead",)"
                                         R"("reason":"refused","attempt":1})"))
      << waiter->output();
  EXPECT_TRUE(contains(waiter->output(), R"({"event":"done","completed":1,"dead":1,)"))
      << waiter->output();
  EXPECT_TRUE(contains(run(joined({"wait", "good"}, places()), 0), "good: completed (1 of 1)"));
  worker->signal(SIGTERM);
  worker->ends(kEventTime);
}

TEST_F(CliWaitTest, AJobWhoseEndTheIndexLostIsSeenByItsLog) {
  submit_ids("a\n");
  work_off(kSucceeds);
  fs::remove_all(path("store/.fleet"));
  run(joined({"wait", "a", "--timeout", "1m"}, places()), 0);
}

TEST_F(CliWaitTest, ASignalEndsIt) {
  submit_ids("a\n");
  fs::create_directories(path("store"));
  const auto waiter = start(joined({"wait", "a"}, places()));
  ASSERT_FALSE(waiter->says("anything", std::chrono::milliseconds(500)));
  waiter->signal(SIGTERM);
  EXPECT_EQ(waiter->ends(kEventTime), 128 + SIGTERM);
}

}  // namespace
}  // namespace holdfast::test
