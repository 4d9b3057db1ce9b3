// holdfast doctor as a person runs it, and what holdfast work says of a store without a fence.
#include <signal.h>

#include <nlohmann/json.hpp>

#include "adapters/amqp/amqp_url.h"
#include "base/random.h"
#include "fakes/scripted_http_server.h"
#include "integration/amqp_hand.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using Json = nlohmann::json;

const std::string kEmptyPage = http_answer(
    "200 OK", "", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
const std::string kOk = http_answer("200 OK", "", "");

class CliDoctorTest : public CliTest {
 protected:
  // Which broker, by the name of its variables: "" is 3.10, "4" is 4.0.
  std::string env_file(const std::string& lane) const {
    const std::string file =
        write("worker.env",
              "AMQP_URL=" + from_services("HOLDFAST_TEST_AMQP" + lane + "_URL") +
                  "\nJOB_QUEUE=" + queue_ + "\nHOLDFAST_MANAGEMENT_URL=" +
                  from_services("HOLDFAST_TEST_MANAGEMENT" + lane + "_URL") +
                  "\nHOLDFAST_STORE=s3://" + from_services("HOLDFAST_TEST_S3_BUCKET") + "/" +
                  queue_ + "\nAWS_ENDPOINT_URL=" + from_services("HOLDFAST_TEST_S3_ENDPOINT") +
                  "\nAWS_ACCESS_KEY_ID=" + from_services("HOLDFAST_TEST_S3_ACCESS_KEY") +
                  "\nAWS_SECRET_ACCESS_KEY=" + from_services("HOLDFAST_TEST_S3_SECRET_KEY") + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return file;
  }

  static std::string verdict(const Json& json, const std::string& check) {
    for (const Json& finding : json.at("findings")) {
      if (finding.at("check") == check) return finding.at("verdict");
    }
    return "";
  }

  // Work on a bucket at that server, which has one job to be taken.
  std::string work_at(const ScriptedHttpServer& server, int code) {
    environment_["AWS_ACCESS_KEY_ID"] = "key";
    environment_["AWS_SECRET_ACCESS_KEY"] = "hunter2-secret";
    const std::string queue = "sqlite:" + path("queue");
    run({"submit", write("jobs.csv", "job_id\na\n"), "--queue", queue}, 0);
    const std::string output = run({"work", "--queue", queue, "--store", "s3://bucket",
                                    "--s3-endpoint", server.url(), "--", "/bin/true"},
                                   code);
    EXPECT_FALSE(contains(output, "hunter2")) << output;
    EXPECT_FALSE(contains(output, "job=a")) << "a job was taken first: " << output;
    return output;
  }

  const std::string queue_ = "doctor-" + Random::from_system().hex(8);
};

TEST_F(CliDoctorTest, AGoodFleetIsFineOnBothBrokers) {
  for (const std::string lane : {"", "4"}) {
    const std::string env = env_file(lane);
    const QueueCleaner cleaner(parse_amqp_url(from_services("HOLDFAST_TEST_AMQP" + lane + "_URL")),
                               queue_);
    run({"setup", "--env-file", env}, 0);
    const std::string text = run({"doctor", "--env-file", env, "--json"}, 0);
    const Json json = Json::parse(text);
    EXPECT_EQ(json.at("healthy"), true) << text;
    for (const char* check :
         {"broker.reach", "broker.login", "queue.dead_letters", "queue.permissions",
          "broker.management", "store.conditional", "store.race", "store.copy", "store.parts",
          "store.remove", "machine.proc"}) {
      EXPECT_EQ(verdict(json, check), "ok") << check << " in " << text;
    }
    // Only from 3.12 on does a broker tell.
    EXPECT_EQ(verdict(json, "queue.hold_limit"), lane.empty() ? "warn" : "ok") << text;
  }
}

TEST_F(CliDoctorTest, ADeliveryLimitThatAPolicySetsIsSeenOnBothBrokers) {
  for (const std::string lane : {"", "4"}) {
    const std::string env = env_file(lane);
    const AmqpUrl url = parse_amqp_url(from_services("HOLDFAST_TEST_AMQP" + lane + "_URL"));
    const QueueCleaner cleaner(url, queue_);
    run({"setup", "--env-file", env}, 0);
    const std::string control =
        "PATH=$PATH:/usr/sbin " + from_services("HOLDFAST_TEST_RABBITMQCTL" + lane) + " --quiet ";
    const std::string policy = " -p '" + url.vhost + "' " + queue_;
    shell(control + "set_policy" + policy + " '^" + queue_ + "$' '{\"delivery-limit\":5}'", 0);
    // The management interface shows a policy some seconds after it was set.
    const auto until = std::chrono::steady_clock::now() + kEventTime;
    std::string text;
    do {
      text = run({"doctor", "broker", "--env-file", env}, 0);
    } while (!contains(text, "was returned more than 5 times") &&
             std::chrono::steady_clock::now() < until);
    shell(control + "clear_policy" + policy, 0);
    EXPECT_TRUE(contains(text, "was returned more than 5 times")) << text;
    EXPECT_TRUE(contains(text, "if a policy sets it, raise it there")) << text;
  }
}

TEST_F(CliDoctorTest, TheGuidesQueueIsBadAndSaysWhatIsLost) {
  const std::string env = env_file("4");
  const AmqpUrl url = parse_amqp_url(from_services("HOLDFAST_TEST_AMQP4_URL"));
  const QueueCleaner cleaner(url, queue_);
  AmqpHand hand(url);
  hand.make_direct_exchange(queue_ + "-x");
  hand.make_queue({queue_,
                   {{"x-queue-type", "quorum"},
                    {"x-delivery-limit", std::int64_t{3}},
                    {"x-dead-letter-exchange", queue_ + "-x"}}});
  const std::string text = run({"doctor", "broker", "--env-file", env}, 3);
  hand.remove_exchange(queue_ + "-x");
  EXPECT_TRUE(contains(text, "has no binding for the routing key " + queue_)) << text;
  EXPECT_TRUE(contains(text, "was returned more than 3 times")) << text;
  EXPECT_TRUE(contains(text, "-> bind a queue to that exchange")) << text;
  EXPECT_FALSE(contains(text, url.password)) << text;
  EXPECT_FALSE(contains(text, "\x1b")) << "colours, and nobody is there to see them";
}

// The broker's own timeout, which no argument of the queue shows: found by a consumer of a queue
// like it.
TEST_F(CliDoctorTest, AShortAcknowledgementTimeoutIsFoundWhereTheBrokerTells) {
  const std::string env = env_file("4");
  const AmqpUrl url = parse_amqp_url(from_services("HOLDFAST_TEST_AMQP4_URL"));
  const QueueCleaner cleaner(url, queue_);
  AmqpHand hand(url);
  hand.make_queue({queue_ + ".dead", {{"x-queue-type", "quorum"}}});
  hand.make_queue({queue_,
                   {{"x-queue-type", "quorum"},
                    {"x-dead-letter-exchange", ""},
                    {"x-dead-letter-routing-key", queue_ + ".dead"}}});
  const std::string text = run({"doctor", "broker", "--env-file", env}, 0);
  EXPECT_TRUE(contains(text, "runs for more than 30 minutes is taken")) << text;
  EXPECT_FALSE(contains(text, "does not show")) << text;
}

TEST_F(CliDoctorTest, MissingSettingsAreFindingsAndTheRestIsDoneAllTheSame) {
  const std::string text = run({"doctor", "--work-dir", path("work")}, 3);
  EXPECT_TRUE(contains(text, "AMQP_URL")) << text;
  EXPECT_TRUE(contains(text, "R2_BUCKET_NAME")) << text;
  EXPECT_TRUE(contains(text, "machine.work_dir")) << text;
  run({"doctor", "nothing-like-it"}, 2);
}

TEST_F(CliDoctorTest, AFolderAsStoreIsTriedAndLeftAsItWas) {
  std::filesystem::create_directories(path("store"));
  const std::string text = run({"doctor", "store", "--store", "file:" + path("store")}, 0);
  EXPECT_TRUE(contains(text, "store.race")) << text;
  EXPECT_TRUE(contains(text, "store.room")) << text;
  for (const auto& item : std::filesystem::recursive_directory_iterator(path("store"))) {
    EXPECT_FALSE(item.is_regular_file()) << item.path();
  }
  run({"doctor", "store", "--store", "file:" + path("nowhere")}, 0);
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
}

TEST_F(CliDoctorTest, AServerThatIsNotThereIsOneFinding) {
  const std::string env = write("worker.env",
                                "AMQP_URL=amqp://u:hunter2@127.0.0.1:1/\nJOB_QUEUE=q\n"
                                "HOLDFAST_STORE=s3://b\nAWS_ACCESS_KEY_ID=k\n"
                                "AWS_SECRET_ACCESS_KEY=hunter2\n"
                                "AWS_ENDPOINT_URL=http://127.0.0.1:1\n");
  const std::string text = run({"doctor", "broker", "store", "--env-file", env}, 3);
  EXPECT_TRUE(contains(text, "bad   broker.reach")) << text;
  EXPECT_TRUE(contains(text, "bad   store.reach")) << text;
  EXPECT_TRUE(contains(text, "2 things are bad")) << text;
  EXPECT_FALSE(contains(text, "hunter2")) << text;
}

TEST_F(CliDoctorTest, WorkRefusesAStoreThatIgnoresTheConditionOfAWrite) {
  const ScriptedHttpServer server(
      {kEmptyPage, kOk, kOk, http_answer("200 OK", "", "second"), http_answer("204 No", "", "")});
  const std::string output = work_at(server, 4);
  EXPECT_TRUE(contains(output, "ignores the condition")) << output;
  EXPECT_TRUE(contains(output, "--unfenced")) << output;
}

// As OpenStack Swift and Backblaze B2 do.
TEST_F(CliDoctorTest, WorkRefusesAStoreThatDoesNotKnowConditionalWrites) {
  const ScriptedHttpServer server({kEmptyPage,
                                   s3_error_answer("501 Not Implemented", "NotImplemented"), kOk,
                                   http_answer("204 No Content", "", "")});
  const std::string output = work_at(server, 4);
  EXPECT_TRUE(contains(output, "has no conditional writes")) << output;
  EXPECT_TRUE(contains(output, "--unfenced")) << output;
}

TEST_F(CliDoctorTest, WorkSaysThatAKeyMayNotWriteRatherThanBlameConditions) {
  const std::string refused = s3_error_answer("403 Forbidden", "AccessDenied");
  const ScriptedHttpServer server(
      {kEmptyPage, refused, refused, http_answer("204 No Content", "", "")});
  const std::string output = work_at(server, 4);
  EXPECT_TRUE(contains(output, "AccessDenied")) << output;
  EXPECT_FALSE(contains(output, "--unfenced")) << output;
}

// The server takes requests and answers none.
TEST_F(CliDoctorTest, ASignalEndsALookAtAStoreThatHangs) {
  environment_["AWS_ACCESS_KEY_ID"] = "key";
  environment_["AWS_SECRET_ACCESS_KEY"] = "secret";
  const ScriptedHttpServer server({});
  const Words store{"--store", "s3://bucket", "--s3-endpoint", server.url()};
  const auto list = start({"checkpoints", "list", "a", store[0], store[1], store[2], store[3]});
  const auto until = std::chrono::steady_clock::now() + kEventTime;
  while (server.requests().empty() && std::chrono::steady_clock::now() < until) {
  }
  list->signal(SIGTERM);
  EXPECT_EQ(list->ends(std::chrono::seconds(10)), 128 + SIGTERM) << list->output();
}

TEST_F(CliDoctorTest, UnfencedJobsAreDoneAndTheWorkerSaysSo) {
  const Words places{"--queue", "sqlite:" + path("queue"), "--store", "file:" + path("store")};
  run({"submit", write("jobs.csv", "job_id,steps\na,3\n"), places[0], places[1]}, 0);
  const std::string output = run({"work", places[0], places[1], places[2], places[3], "--unfenced",
                                  "--until-empty", "--", SLOW_SUM, "--step-ms", "1"},
                                 0);
  EXPECT_TRUE(contains(output, "unfenced")) << output;
  EXPECT_EQ(read(path("store/a/result.txt")), sum_to(3));
}

}  // namespace
}  // namespace holdfast::test
