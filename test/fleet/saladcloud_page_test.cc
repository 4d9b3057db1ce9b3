// docs/saladcloud.md, command by command, against a broker, a store and a small cloud of our own.
// There is no docker: a stand-in puts the files where the Dockerfile says, and the entry point is
// started by hand.
#include <signal.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "docs/docs_page.h"
#include "fleet/salad_cli.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kDocker = R"SH(#!/bin/sh
set -eu
[ "$1" != push ] || exit 0
[ "$1 $2" = 'build -f' ]
mkdir -p image
sed -n 's|^COPY \([^ ]*\) /usr/local/bin/|\1 |p' "$3" |
  while read -r from to; do cp "$from" "image/$to"; done
sed -n 's/^ENTRYPOINT //p' "$3" > image/entrypoint
)SH";

class SaladCloudPageTest : public testing::Test {
 protected:
  SaladCloudPageTest() {
    const fs::path source = SOURCE_FOLDER;
    fs::create_directories(folder() / "build/release");
    fs::create_directories(folder() / "bin");
    for (const char* place : {"build/release/holdfast", "bin/holdfast"}) {
      fs::create_symlink(from_services("HOLDFAST_TEST_PROGRAM"), folder() / place);
    }
    for (const char* copied : {"examples", "packaging"}) {
      fs::copy(source / copied, folder() / copied, fs::copy_options::recursive);
    }
    write("bin/docker", kDocker);
    write("bin/rabbitmqctl",
          "#!/bin/sh\nexec '" + from_services("HOLDFAST_TEST_RABBITMQCTL") + "' \"$@\"\n");
    for (const char* tool : {"bin/docker", "bin/rabbitmqctl"}) {
      fs::permissions(folder() / tool, fs::perms::owner_all);
    }
    for (const char* name : {"worker.env", "salad.env", "fleet.conf"}) {
      write(name, page_.block(name));
    }
    // What a person would have written there; the environment wins over the files.
    auto& environment = cli_.fleet.environment;
    environment["PATH"] = (folder() / "bin").string() + ":/usr/bin:/bin";
    environment["HOLDFAST_STORE"] =
        "s3://" + environment.at("R2_BUCKET_NAME") + "/" + cli_.fleet.queue();
    environment["salad_api_key"] = kApiKey;
    environment["rabbitmq_username"] = "hold@fast";
    environment["rabbitmq_password"] = "p:a/s%s+w#rd?";
  }

  fs::path folder() const { return cli_.fleet.folder(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name) << text;
  }

  // A block in a shell; `holdfast` there is as in `prelude`.
  Program start(const std::string& block, const std::string& prelude) {
    return Program({"/bin/sh", "-c",
                    "set -e\ncd '" + folder().string() + "'\n" + prelude + page_.block(block)},
                   cli_.fleet.environment);
  }

  // To its end; what it printed. Nobody is there to say yes to a deployment.
  std::string run(const std::string& block) {
    Program program = start(block,
                            "holdfast() {\n  [ $1 != deploy ] || set -- \"$@\" --yes\n"
                            "  command holdfast \"$@\"\n}\n");
    EXPECT_EQ(program.ends(kLong), 0) << block << ": " << program.output();
    return program.output();
  }

  // The block about the autoscaler's user, on the test's broker, where there is such a user and
  // such a virtual host as long as it runs. What it printed.
  std::string make_user() {
    Program program = start("users",
                            "rabbitmqctl -q add_user autoscaler secret\n"
                            "trap 'rabbitmqctl -q delete_user autoscaler\n"
                            "rabbitmqctl -q delete_vhost vhost' EXIT\n"
                            "rabbitmqctl -q add_vhost vhost\n");
    EXPECT_EQ(program.ends(kLong), 0) << program.output();
    return program.output();
  }

  // The image's entry point, with what the group's machines are given.
  Program worker() const {
    std::ifstream in(folder() / "image/entrypoint");
    auto words = nlohmann::json::parse(in).get<std::vector<std::string>>();
    EXPECT_EQ(words.front(), "holdfast");
    words.front() = (folder() / "image/holdfast").string();
    auto environment = cli_.fleet.environment;
    environment["PATH"] = (folder() / "image").string() + ":/usr/bin:/bin";
    environment["HOLDFAST_LISTEN"] = "9300";
    environment["SLOW_SUM_STEP_SECONDS"] = "0.1";
    return Program(words, environment);
  }

  SaladCli cli_;
  DocsPage page_{"saladcloud.md"};
};

TEST_F(SaladCloudPageTest, LeadsToAFleetThatDoesTheJobs) {
  run("image");
  run("jobs");
  const std::string deployed = run("deploy");
  EXPECT_THAT(deployed, HasSubstr("made"));
  EXPECT_THAT(deployed, HasSubstr("liveness"));
  EXPECT_THAT(make_user(), HasSubstr("[monitoring]"));
  EXPECT_THAT(run("try"), HasSubstr("would be changed: 5 jobs waiting"));
  Program autoscaler = start("autoscale", "holdfast() { exec bin/holdfast \"$@\"; }\n");
  ASSERT_TRUE(autoscaler.says("to 5 machines", kLong)) << autoscaler.output();
  EXPECT_EQ(cli_.cloud->number("replicas"), 5u);
  EXPECT_THAT(run("look"), AllOf(HasSubstr("acme/night/worker is "), HasSubstr("5 wanted")));

  autoscaler.signal(SIGTERM);  // It listens where a worker would, if they were on one machine.
  EXPECT_EQ(autoscaler.ends(kSoon), 0) << autoscaler.output();
  Program one = worker();
  ASSERT_TRUE(one.says("Step 1,", kLong)) << one.output();
  cli_.fleet.run({"health", "9300"});  // As the group's liveness probe does.
  for (const auto& [job, steps] :
       {std::pair{"job-0", 4}, {"job-1", 6}, {"job-2", 8}, {"job-3", 10}, {"job-4", 12}}) {
    ASSERT_TRUE(one.says(std::string("job completed job=") + job, kLong)) << one.output();
    EXPECT_EQ(cli_.fleet.object(cli_.fleet.queue() + "/" + job + "/result.txt"), sum_to(steps));
  }
  EXPECT_EQ(page_.unused(), std::set<std::string>{});
}

}  // namespace
}  // namespace holdfast::test
