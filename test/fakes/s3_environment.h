// The S3 server that test/services/start.sh has started.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "adapters/s3/s3_store.h"
#include "base/random.h"

namespace holdfast {

// Throws, which fails the test, if the variable is not set: a test that is skipped says nothing.
inline std::string required_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  throw std::runtime_error(std::string(name) +
                           " is not set; start the test services (./dev services) and read their "
                           "env file first");
}

// A prefix of its own for every call.
inline S3Config s3_environment() {
  S3Config config;
  config.endpoint = required_variable("HOLDFAST_TEST_S3_ENDPOINT");
  config.bucket = required_variable("HOLDFAST_TEST_S3_BUCKET");
  config.prefix = "test-" + Random::from_system().hex(8);
  config.credentials.access_key = required_variable("HOLDFAST_TEST_S3_ACCESS_KEY");
  config.credentials.secret_key = required_variable("HOLDFAST_TEST_S3_SECRET_KEY");
  return config;
}

}  // namespace holdfast
