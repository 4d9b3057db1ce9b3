// The files of settings on docs/saladcloud.md, as a reader copies them.
#include <fstream>

#include <gtest/gtest.h>

#include "app/commands/deploy_file.h"
#include "app/fleet_config.h"
#include "docs/docs_page.h"
#include "fakes/temporary_folder.h"

namespace holdfast::test {
namespace {

constexpr std::uint16_t kPort = 9300;

class SaladCloudPageTest : public testing::Test {
 protected:
  Settings settings(const std::string& text) const {
    return Settings({}, {}, parse_environment(text, "page"), "page");
  }

  DocsPage page_{"saladcloud.md"};
};

TEST_F(SaladCloudPageTest, AWorkerIsConfiguredByWorkerEnvAsItStands) {
  const Settings worker = settings(page_.block("worker.env"));
  EXPECT_EQ(std::get<BrokerConfig>(queue_config(worker)).job_queue, "my-job-queue");
  EXPECT_EQ(shown(store_config(worker)), "s3://my-bucket");
  const auto listen = front_config(worker).listen;
  ASSERT_TRUE(listen.has_value());
  EXPECT_EQ(listen->port, kPort);
}

TEST_F(SaladCloudPageTest, TheAutoscalerIsConfiguredByBothFilesAsTheyStand) {
  const Settings both = settings(page_.block("worker.env") + page_.block("salad.env"));
  EXPECT_EQ(shown(fleet_config(both)), "acme/night/worker");
  EXPECT_EQ(std::get<BrokerConfig>(scaled_queue(both)).job_queue, "my-job-queue");
  ScalingPolicy policy;
  size_limits(both, policy);
  EXPECT_EQ(policy.size_max, 50u);
}

TEST_F(SaladCloudPageTest, TheGroupIsDeployedByFleetConfAsItStandsAndProbedWhereWorkersListen) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "fleet.conf";
  std::ofstream(file) << page_.block("fleet.conf");
  std::ofstream(folder.path() / "worker.env") << page_.block("worker.env");
  const Deployment wanted = deployment_of(read_deploy_file(file), folder.path());
  EXPECT_TRUE(missing_of(wanted).empty());
  EXPECT_EQ(wanted.environment->at("HOLDFAST_LISTEN"), std::to_string(kPort));
  EXPECT_EQ(wanted.liveness->command.back(), std::to_string(kPort));
}

}  // namespace
}  // namespace holdfast::test
