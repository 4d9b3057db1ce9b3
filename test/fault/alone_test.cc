// The released program needs nothing of the image it is dropped into: an empty root folder with the
// program, a resolv.conf and a CA file, against broker and store by host name and over TLS.
#include <fcntl.h>

#include <fstream>

#include "fleet_fixture.h"

namespace holdfast::test {
namespace {

namespace fs = std::filesystem;

class AloneTest : public testing::Test {
 protected:
  AloneTest() {
    fs::create_directories(root_ / "etc");
    fs::create_directories(root_ / "tmp");
    fs::create_directories(root_ / "work");
    fs::copy_file(from_services("HOLDFAST_TEST_PROGRAM"), root_ / "holdfast");
    fs::copy_file(from_services("HOLDFAST_TEST_CA_FILE"), root_ / "ca.pem");
    fs::copy_file(from_services("HOLDFAST_TEST_OTHER_CA_FILE"), root_ / "other-ca.pem");
    std::ofstream(root_ / "etc/resolv.conf")
        << "nameserver " << from_services("HOLDFAST_TEST_DNS") << "\n";
    environment_ = fleet_.environment;
    environment_["AMQP_URL"] = from_services("HOLDFAST_TEST_AMQPS_URL");
    environment_["R2_S3_ENDPOINT_URL"] = from_services("HOLDFAST_TEST_S3_TLS_ENDPOINT");
    environment_["SSL_CERT_FILE"] = "/ca.pem";
    environment_["HOME"] = "/";
  }

  int run(const std::vector<std::string>& words) {
    std::vector<std::string> arguments{"/holdfast"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    Program program(arguments, environment_, root_.string());
    const int code = program.ends(kLong);
    output_ = program.output();
    return code;
  }

  Fleet fleet_{"HOLDFAST_TEST_AMQP_URL"};
  fs::path root_ = fleet_.folder() / "root";
  std::map<std::string, std::string> environment_;
  std::string output_;
};

TEST_F(AloneTest, TheProgramWorksInAnEmptyRootFolder) {
  const std::string job = fleet_.queue() + "-alone";
  std::ofstream(root_ / "jobs.csv") << "job_id\n" << job << "\n";
  EXPECT_EQ(run({"setup"}), 0) << output_;
  EXPECT_EQ(run({"submit", "/jobs.csv"}), 0) << output_;
  // The only program in there is our own; it serves as a task that ends at once.
  EXPECT_EQ(run({"work", "--until-empty", "--work-dir", "/work", "--", "/holdfast", "version"}), 0)
      << output_;
  EXPECT_NE(output_.find("job completed"), std::string::npos) << output_;
  EXPECT_EQ(run({"status", job}), 0) << output_;
  EXPECT_NE(output_.find("completed"), std::string::npos) << output_;
}

TEST_F(AloneTest, AWrongCertificateIsRefusedByBothSides) {
  environment_["SSL_CERT_FILE"] = "/other-ca.pem";
  EXPECT_EQ(run({"setup"}), 4);
  EXPECT_NE(output_.find("certificate"), std::string::npos) << output_;
  EXPECT_EQ(run({"status", "no-such-job"}), 4);
  EXPECT_NE(output_.find("certificate"), std::string::npos) << output_;
}

}  // namespace
}  // namespace holdfast::test
