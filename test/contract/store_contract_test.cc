// Every store we have, held to the contract.
#include "contract/store_contract.h"

#include "adapters/local/directory_store.h"
#include "adapters/retry/retrying_store.h"
#include "adapters/s3/s3_store.h"
#include "fakes/memory_store.h"
#include "fakes/s3_environment.h"
#include "fakes/temporary_folder.h"

namespace holdfast {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  MemoryStore store_;
};

class RetryingUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  MemoryStore inner_;
  SystemClock clock_;
  RetryingStore store_{inner_, clock_, Random(1)};
};

class DirectoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  TemporaryFolder folder_;
  DirectoryStore store_{folder_.path()};
};

class S3UnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  SystemClock clock_;
  S3Store store_{s3_environment(), clock_};
};

class S3TlsUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  static S3Config config() {
    S3Config config = s3_environment();
    config.endpoint = required_variable("HOLDFAST_TEST_S3_TLS_LOCAL_ENDPOINT");
    config.ca_file = required_variable("HOLDFAST_TEST_CA_FILE");
    return config;
  }

  SystemClock clock_;
  S3Store store_{config(), clock_};
};

// In which what is large begins early.
class S3PartsUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }

 private:
  static constexpr std::uint64_t kSmall = kPartBytesMin;

  SystemClock clock_;
  S3Store store_{s3_environment(), clock_, S3Sizes{kSmall, kSmall, kSmall, kSmall}};
};

template <typename UnderTest>
StoreCase a_case(const std::string& name) {
  return {name, [] { return std::make_unique<UnderTest>(); }};
}

INSTANTIATE_TEST_SUITE_P(
    Stores, StoreContractTest,
    testing::Values(a_case<MemoryUnderTest>("Memory"), a_case<RetryingUnderTest>("Retrying"),
                    a_case<DirectoryUnderTest>("Directory"), a_case<S3UnderTest>("S3"),
                    a_case<S3PartsUnderTest>("S3Parts"), a_case<S3TlsUnderTest>("S3Tls")),
    store_name);

}  // namespace
}  // namespace holdfast
