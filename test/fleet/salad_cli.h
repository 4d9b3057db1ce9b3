// The program beside a fake SaladCloud, a broker and a store of one's own.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/fake_salad.h"
#include "fleet_fixture.h"

namespace holdfast::test {

inline constexpr const char* kApiKey = "key-that-nobody-shall-see";

class SaladCli {
 public:
  SaladCli() {
    // One for all tests of a process.
    static const auto shared = std::make_unique<FakeSalad>(std::vector<std::string>{});
    cloud = shared.get();
    cloud->forget();
    fleet.environment.insert(
        {{"ORG", "acme"},
         {"PROJECT", "night"},
         {"CONTAINER_GROUP_NAME", "fleet"},
         {"SALAD_API_KEY", kApiKey},
         {"HOLDFAST_SALAD_URL", cloud->url()},
         {"HOLDFAST_MANAGEMENT_URL", from_services("HOLDFAST_TEST_MANAGEMENT_URL")}});
  }

  ~SaladCli() { EXPECT_THAT(cloud->misfits(), testing::IsEmpty()); }
  SaladCli(const SaladCli&) = delete;
  SaladCli& operator=(const SaladCli&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    const auto file = fleet.folder() / name;
    std::ofstream(file) << text;
    return file.string();
  }

  // A group of no machines that has been made.
  void make_group() const {
    const std::string file = write("small.conf", "image=acme/worker:1\ncpu=2\nmemory=2048\n");
    fleet.run({"deploy", file, "--yes"});
  }

  Fleet fleet{"HOLDFAST_TEST_AMQP_URL"};
  const FakeSalad* cloud = nullptr;
};

}  // namespace holdfast::test
