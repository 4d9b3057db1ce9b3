// Settings from flags, environment and file: who wins, what is missing, what must never be shown.
#include "app/config.h"

#include <gtest/gtest.h>

#include "app/usage_error.h"
#include "base/file.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

using Flags = std::map<std::string, std::string>;

const Environment kGuides = {{"AMQP_URL", "amqps://user:hunter2@broker.example/vh"},
                             {"JOB_QUEUE", "my-job-queue"},
                             {"R2_AWS_ACCESS_KEY_ID", "key"},
                             {"R2_AWS_SECRET_ACCESS_KEY", "hunter3"},
                             {"R2_S3_ENDPOINT_URL", "https://r2.example"},
                             {"R2_BUCKET_NAME", "bucket"}};

Settings settings(const Flags& flags, const Environment& environment,
                  const Environment& file = {}) {
  return Settings(flags, environment, file, file.empty() ? "" : "worker.env");
}

template <typename Call>
std::string mistake(const Call& call) {
  try {
    static_cast<void>(call());
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(Config, TheGuidesVariablesAreEnough) {
  const QueueConfig queue = queue_config(settings({}, {}, kGuides));
  const auto& broker = std::get<BrokerConfig>(queue);
  EXPECT_EQ(broker.job_queue, "my-job-queue");
  EXPECT_EQ(broker.vhost, "vh");
  EXPECT_EQ(broker.management_url, "https://broker.example");
  const StoreConfig store = store_config(settings({}, {}, kGuides));
  const auto& bucket = std::get<BucketConfig>(store);
  EXPECT_EQ(bucket.endpoint, "https://r2.example");
  EXPECT_EQ(bucket.bucket, "bucket");
  EXPECT_EQ(bucket.keys.access_key, "key");
  EXPECT_EQ(bucket.keys.secret_key, "hunter3");
}

TEST(Config, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const auto queue_name = [](const Settings& from) {
    return std::get<BrokerConfig>(queue_config(from)).job_queue;
  };
  EXPECT_EQ(queue_name(settings({{"--job-queue", "flag"}}, {{"JOB_QUEUE", "env"}}, kGuides)),
            "flag");
  EXPECT_EQ(queue_name(settings({}, {{"JOB_QUEUE", "env"}}, kGuides)), "env");
  EXPECT_EQ(queue_name(settings({}, {{"JOB_QUEUE", ""}}, kGuides)), "my-job-queue");
}

TEST(Config, NoSecretIsShown) {
  const std::string queue = shown(queue_config(settings({}, kGuides)));
  const std::string target = ledger_target(queue_config(settings({}, kGuides)));
  const std::string store = shown(store_config(settings({}, kGuides)));
  for (const std::string& text : {queue, target, store}) {
    EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
  }
  EXPECT_EQ(target, "broker.example:5671/vh/my-job-queue");
}

TEST(Config, AMistakeNeverRepeatsASecret) {
  for (const char* url : {"amqps://user:hunter2@host:99999/", "amqps://user:hunter2@", "hunter2",
                          "amqps://user:hunter2@ho st/", "https://user:hunter2@host/"}) {
    const std::string what = mistake([&] {
      return queue_config(settings({}, {{"AMQP_URL", url}, {"JOB_QUEUE", "q"}}));
    });
    EXPECT_NE(what.find("AMQP_URL of the environment"), std::string::npos) << url << ": " << what;
    EXPECT_EQ(what.find("hunter2"), std::string::npos) << what;
  }
}

TEST(Config, WhatIsMissingIsNamedWithEveryWayToGiveIt) {
  const std::string queue = mistake([] { return queue_config(settings({}, {})); });
  EXPECT_NE(queue.find("--queue"), std::string::npos) << queue;
  EXPECT_NE(queue.find("AMQP_URL"), std::string::npos) << queue;
  EXPECT_NE(queue.find("--env-file"), std::string::npos) << queue;
  const std::string store = mistake([] { return store_config(settings({}, {})); });
  EXPECT_NE(store.find("--store"), std::string::npos) << store;
  EXPECT_NE(store.find("R2_BUCKET_NAME"), std::string::npos) << store;

  for (const auto& [name, value] : kGuides) {
    Environment without = kGuides;
    without.erase(name);
    const std::string what = mistake([&] {
      static_cast<void>(queue_config(settings({}, without)));
      return store_config(settings({}, without));
    });
    EXPECT_NE(what.find(name), std::string::npos) << name << ": " << what;
  }
}

TEST(Config, KeyAndSecretComeFromTheSameAccount) {
  // A developer's shell has keys of Amazon's; the file has those of the bucket.
  const Environment shell = {{"AWS_ACCESS_KEY_ID", "mine"}, {"AWS_SECRET_ACCESS_KEY", "other"}};
  const StoreConfig store = store_config(settings({}, shell, kGuides));
  EXPECT_EQ(std::get<BucketConfig>(store).keys.access_key, "key");
  EXPECT_EQ(std::get<BucketConfig>(store).keys.secret_key, "hunter3");
}

TEST(Config, KeysAreNeverMixedOfTwoPlaces) {
  // A token of the shell would spoil the keys of the file; the file has none.
  const Environment stale = {{"AWS_SESSION_TOKEN", "stale"}, {"R2_AWS_SESSION_TOKEN", "stale"}};
  EXPECT_EQ(std::get<BucketConfig>(store_config(settings({}, stale, kGuides))).keys.session_token,
            "");
  Environment temporary = kGuides;
  temporary["R2_AWS_SESSION_TOKEN"] = "token";
  EXPECT_EQ(std::get<BucketConfig>(store_config(settings({}, {}, temporary))).keys.session_token,
            "token");
  const Environment half = {{"R2_AWS_ACCESS_KEY_ID", "other"}};
  EXPECT_NE(mistake([&] {
              return store_config(settings({}, half, kGuides));
            }).find("R2_AWS_SECRET_ACCESS_KEY"),
            std::string::npos);
}

TEST(Config, KeysAreReadAnewWhenTheFileHasChangedOrTheStoreRefuses) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "worker.env";
  const auto write = [&](const std::string& key) {
    replace_file(file, "R2_AWS_ACCESS_KEY_ID=" + key + "\nR2_AWS_SECRET_ACCESS_KEY=s\n" +
                           "R2_S3_ENDPOINT_URL=https://r2.example\nR2_BUCKET_NAME=b\n");
  };
  write("old");
  auto bucket =
      std::get<BucketConfig>(store_config(Settings({}, {}, read_environment_file(file), file)));
  EXPECT_FALSE(bucket.keys_anew(false)) << "nothing has changed";
  EXPECT_EQ(bucket.keys_anew(true)->access_key, "old");
  write("new");
  EXPECT_EQ(bucket.keys_anew(false)->access_key, "new");
  replace_file(file, "R2_AWS_ACCESS_KEY_ID=half");
  EXPECT_FALSE(bucket.keys_anew(true)) << "somebody is writing it";
}

TEST(Config, TheUsualVariablesOfS3AreTaken) {
  const Environment environment = {{"AWS_ACCESS_KEY_ID", "key"},
                                   {"AWS_SECRET_ACCESS_KEY", "secret"},
                                   {"AWS_SESSION_TOKEN", "token"},
                                   {"AWS_REGION", "eu-central-1"}};
  const auto bucket = std::get<BucketConfig>(
      store_config(settings({{"--store", "s3://bucket/a/b/"}}, environment)));
  EXPECT_EQ(bucket.endpoint, "https://s3.eu-central-1.amazonaws.com");
  EXPECT_EQ(bucket.bucket, "bucket");
  EXPECT_EQ(bucket.prefix, "a/b");
  EXPECT_EQ(bucket.keys.session_token, "token");
}

TEST(Config, FoldersAreAbsolute) {
  const QueueConfig queue = queue_config(settings({{"--queue", "sqlite:here"}}, {}));
  EXPECT_TRUE(std::get<FolderQueueConfig>(queue).folder.is_absolute());
  const StoreConfig store = store_config(settings({{"--store", "file:///srv/store"}}, {}));
  EXPECT_EQ(std::get<FolderStoreConfig>(store).root, "/srv/store");
}

TEST(Config, AnUnknownKindOfQueueOrStoreIsRefused) {
  EXPECT_NE(mistake([] { return queue_config(settings({{"--queue", "redis://x"}}, {})); }), "");
  EXPECT_NE(mistake([] { return store_config(settings({{"--store", "bucket"}}, {})); }), "");
  EXPECT_NE(mistake([] { return store_config(settings({{"--store", "s3:///x"}}, kGuides)); }), "");
  EXPECT_NE(mistake([] { return store_config(settings({{"--store", "file:"}}, {})); }), "");
}

TEST(Config, AQueueNameMustLeaveRoomForThoseOfItsRetryQueues) {
  EXPECT_NE(mistake([] {
              return queue_config(settings({{"--job-queue", std::string(241, 'q')}}, kGuides));
            }),
            "");
}

TEST(Config, AWorkersIdIsGivenOrNewEachTime) {
  Random random(1);
  EXPECT_EQ(worker_name(settings({}, {{"SALAD_MACHINE_ID", "m-1"}}), random).id, "m-1");
  // A machine's id outlives its container: two workers could bear it at once.
  EXPECT_EQ(
      worker_name(settings({}, {{"SALAD_MACHINE_ID", "m"}, {"SALAD_INSTANCE_ID", "i"}}), random).id,
      "i");
  EXPECT_EQ(worker_name(settings({{"--worker", "w"}}, {{"SALAD_MACHINE_ID", "m"}}), random).id,
            "w");
  const WorkerName made = worker_name(settings({}, {}), random);
  EXPECT_FALSE(made.given);
  EXPECT_NE(made.id, worker_name(settings({}, {}), random).id);
  EXPECT_LE(made.id.size(), kWorkerIdBytesMax);
}

TEST(Config, AWorkersIdThatABrokerOrALogCannotShowIsRefused) {
  Random random(1);
  for (const std::string& id : {std::string(101, 'w'), std::string("a b"), std::string("a\tb"),
                                std::string("\xC3\xA4"), std::string("a\nb")}) {
    EXPECT_NE(mistake([&] {
                return worker_name(settings({{"--worker", id}}, {}), random);
              }),
              "")
        << id;
  }
  EXPECT_EQ(mistake([&] {
              return worker_name(settings({{"--worker", std::string(100, 'w')}}, {}), random);
            }),
            "");
}

TEST(Config, APasswordOnTheCommandLineIsWarnedOf) {
  EXPECT_NE(exposed_secret(settings({{"--queue", "amqp://u:p@host/"}}, {})), "");
  EXPECT_EQ(exposed_secret(settings({{"--queue", "amqp://u@host:5672/"}}, {})), "");
  EXPECT_EQ(exposed_secret(settings({{"--queue", "amqp://host:5672/"}}, {})), "");
  EXPECT_EQ(exposed_secret(settings({}, kGuides)), "");
}

TEST(Config, ACertificateFileThatIsNotThereIsNamed) {
  const std::string what = mistake([] {
    return queue_config(settings({{"--ca-file", "/nonexistent/ca.pem"}}, kGuides));
  });
  EXPECT_NE(what.find("/nonexistent/ca.pem"), std::string::npos) << what;
}

TEST(Config, AWorkerShowsItselfOnlyWhereItIsTold) {
  EXPECT_FALSE(front_config(settings({}, {})).listen.has_value());
  EXPECT_EQ(front_config(settings({}, {{"HOLDFAST_LISTEN", "9300"}})).listen->text(),
            "127.0.0.1:9300");
  const std::string text = mistake([] {
    return front_config(settings({{"--listen", "here"}}, {}));
  });
  EXPECT_NE(text.find("--listen"), std::string::npos) << text;
}

TEST(Config, TheMetadataServiceIsSpokenToWhereSaladsVariablesAreSet) {
  EXPECT_EQ(front_config(settings({}, {})).metadata_url, "");
  EXPECT_EQ(front_config(settings({}, {{"SALAD_MACHINE_ID", "m"}})).metadata_url,
            "http://169.254.169.254");
  const Environment moved = {{"SALAD_MACHINE_ID", "m"}, {"SALAD_METADATA_URI", "http://imds:8080"}};
  EXPECT_EQ(front_config(settings({}, moved)).metadata_url, "http://imds:8080");
  EXPECT_EQ(front_config(settings({{"--metadata-url", "none"}}, moved)).metadata_url, "");
  const std::string text = mistake([] {
    return front_config(settings({{"--metadata-url", "imds"}}, {}));
  });
  EXPECT_NE(text.find("--metadata-url"), std::string::npos) << text;
}

}  // namespace
}  // namespace holdfast
