#include "app/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "adapters/amqp/amqp_url.h"
#include "adapters/http/endpoint.h"
#include "adapters/imds/salad_node.h"
#include "app/usage_error.h"
#include "base/digest.h"
#include "core/text.h"

namespace holdfast {

namespace {

// The broker's own limit is 255 bytes; the names of the retry queues are longer than the job's.
constexpr std::size_t kQueueNameBytesMax = 240;
constexpr std::size_t kRandomBytes = 4;
constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kFolder = "file:";
constexpr std::string_view kBucket = "s3://";

std::filesystem::path absolute(std::string_view path, const std::string& source) {
  if (path.starts_with("//")) path.remove_prefix(2);
  if (path.empty()) throw UsageError(source + " names no folder after the colon");
  return std::filesystem::absolute(std::filesystem::path(path)).lexically_normal();
}

std::filesystem::path ca_file(const Settings& settings) {
  const auto given = settings.find("--ca-file", {"SSL_CERT_FILE"});
  if (!given) return {};
  if (::access(given->value.c_str(), R_OK) != 0) {
    throw UsageError("the file of certificate authorities " + given->value + " (" + given->source +
                     ") is not there or cannot be read");
  }
  return given->value;
}

std::string management_url(const Settings& settings, const AmqpUrl& broker) {
  if (const auto given = settings.find("--management-url", {"HOLDFAST_MANAGEMENT_URL"})) {
    return given->value;
  }
  const bool v6 = broker.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + broker.host + "]" : broker.host;
  return broker.tls ? "https://" + host : "http://" + host + ":15672";
}

BrokerConfig broker_config(const Settings& settings, const Setting& url) {
  AmqpUrl parsed;
  try {
    parsed = parse_amqp_url(url.value);
  } catch (const Error& error) {
    throw UsageError("the broker's address (" + url.source + ") cannot be used: " + error.what());
  }
  const Setting queue = settings.require("the name of the job queue", "--job-queue", {"JOB_QUEUE"});
  if (queue.value.size() > kQueueNameBytesMax) {
    throw UsageError("the name of the job queue (" + queue.source + ") is longer than " +
                     std::to_string(kQueueNameBytesMax) + " bytes");
  }
  BrokerConfig config;
  config.url = url.value;
  config.shown = parsed.shown();
  config.target = parsed.address() + "/" + parsed.vhost + "/" + queue.value;
  config.job_queue = queue.value;
  config.ca_file = ca_file(settings);
  config.management_url = management_url(settings, parsed);
  config.user = parsed.user;
  config.password = parsed.password;
  config.vhost = parsed.vhost;
  config.management_assumed =
      !settings.find("--management-url", {"HOLDFAST_MANAGEMENT_URL"}).has_value();
  if (!settings.file_name().empty()) {
    config.url_anew = [settings]() -> std::optional<std::string> {
      const auto anew = settings.with_file_anew();
      const auto found = anew ? anew->find("--queue", {"AMQP_URL"}) : std::nullopt;
      return found ? std::optional(found->value) : std::nullopt;
    };
  }
  return config;
}

bool without_fence(const Settings& settings) {
  const auto given = settings.find("--unfenced", {"HOLDFAST_UNFENCED"});
  if (!given || given->value == "0") return false;
  if (given->value == "1") return true;
  throw UsageError(given->source + " must be 1 or 0");
}

// Throws UsageError unless one place has all of a family that it begins.
std::optional<StoreKeys> keys_of(const Settings& place, const std::string& family) {
  const auto access = place.find("", {family + "ACCESS_KEY_ID"});
  if (!access) return std::nullopt;
  const auto secret = place.find("", {family + "SECRET_ACCESS_KEY"});
  if (!secret) {
    throw UsageError("the store's secret key " + family + "SECRET_ACCESS_KEY is not set beside " +
                     access->source + "; both come from one place");
  }
  const auto token = place.find("", {family + "SESSION_TOKEN"});
  return StoreKeys{access->value, secret->value, token ? token->value : ""};
}

StoreKeys store_keys(const Settings& settings) {
  for (const char* family : {"R2_AWS_", "AWS_"}) {
    for (const Settings& place : {settings.of_environment(), settings.of_file()}) {
      if (auto keys = keys_of(place, family)) return *keys;
    }
  }
  // Says what is missing.
  static_cast<void>(settings.require("the store's access key", "",
                                     {"R2_AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"}));
  return {};
}

// Which version of a file was read.
struct FileStamp {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  std::int64_t size = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
}

class KeysAnew {
 public:
  explicit KeysAnew(Settings settings)
      : settings_(std::move(settings)), read_(stamp_of(settings_.file_name())) {}

  std::optional<StoreKeys> operator()(bool refused) {
    const FileStamp now = stamp_of(settings_.file_name());
    if (!refused && now == read_) return std::nullopt;
    read_ = now;
    const auto settings = settings_.with_file_anew();
    if (!settings) return std::nullopt;
    try {
      return store_keys(*settings);
    } catch (const UsageError&) {
      return std::nullopt;  // Half of it is written.
    }
  }

 private:
  Settings settings_;
  FileStamp read_;
};

BucketConfig bucket_config(const Settings& settings, const std::string& bucket,
                           const std::string& prefix) {
  BucketConfig config;
  config.bucket = bucket;
  config.prefix = prefix;
  config.ca_file = ca_file(settings);
  config.unfenced = without_fence(settings);
  const auto region =
      settings.find("--region", {"R2_AWS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"});
  const auto endpoint = settings.find(
      "--s3-endpoint", {"R2_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (region) config.region = region->value;
  if (endpoint) {
    config.endpoint = endpoint->value;
  } else if (region) {
    const bool china = region->value.starts_with("cn-");
    config.endpoint = "https://s3." + region->value + ".amazonaws.com" + (china ? ".cn" : "");
  } else {
    throw UsageError(
        "the store's address is not set: give it with --s3-endpoint or in the variable "
        "R2_S3_ENDPOINT_URL or AWS_ENDPOINT_URL; for Amazon's own S3, --region or AWS_REGION is "
        "enough");
  }
  config.keys = store_keys(settings);
  if (!settings.file_name().empty()) config.keys_anew = KeysAnew(settings);
  return config;
}

bool fits_worker_id(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// The id also names a folder. One that fits stays as it is; of others, what does not fit becomes
// '-', and a digest keeps them apart.
std::string as_worker_id(const std::string& text) {
  constexpr std::size_t kDigestDigits = 12;
  const bool fits = !text.empty() && text.size() <= kWorkerIdBytesMax && text != "." &&
                    text != ".." && std::all_of(text.begin(), text.end(), fits_worker_id);
  if (fits) return text;
  std::string id = text.substr(0, kWorkerIdBytesMax - kDigestDigits - 1);
  std::replace_if(
      id.begin(), id.end(), [](char c) { return !fits_worker_id(c); }, '-');
  return id + "-" + sha256(text).hex().substr(0, kDigestDigits);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "worker";
  return as_worker_id(std::string(name.data()).substr(0, kWorkerIdBytesMax / 2));
}

}  // namespace

QueueConfig queue_config(const Settings& settings) {
  const Setting queue = settings.require("the queue", "--queue", {"AMQP_URL"});
  if (queue.value.starts_with(kSqlite)) {
    return FolderQueueConfig{absolute(queue.value.substr(kSqlite.size()), queue.source)};
  }
  if (queue.value.starts_with("amqp://") || queue.value.starts_with("amqps://")) {
    return broker_config(settings, queue);
  }
  throw UsageError("the queue (" + queue.source +
                   ") has an unknown URL scheme; it must begin with amqps://, amqp:// or sqlite:");
}

StoreConfig store_config(const Settings& settings) {
  const auto store = settings.find("--store", {"HOLDFAST_STORE"});
  if (!store) {
    const auto bucket = settings.find("", {"R2_BUCKET_NAME"});
    if (bucket) return bucket_config(settings, bucket->value, "");
    // Says what is missing.
    static_cast<void>(settings.require("the store", "--store", {"R2_BUCKET_NAME"}));
  }
  if (store->value.starts_with(kFolder)) {
    return FolderStoreConfig{absolute(store->value.substr(kFolder.size()), store->source),
                             without_fence(settings)};
  }
  if (!store->value.starts_with(kBucket)) {
    throw UsageError(
        "the store (" + store->source +
        ") has an unknown form; it must be s3://BUCKET, s3://BUCKET/PREFIX or file:DIR");
  }
  const std::string name = store->value.substr(kBucket.size());
  const std::size_t slash = name.find('/');
  const std::string bucket = name.substr(0, slash);
  std::string prefix = slash == std::string::npos ? "" : name.substr(slash + 1);
  while (prefix.ends_with('/')) prefix.pop_back();
  if (bucket.empty()) throw UsageError("the store (" + store->source + ") names no bucket");
  return bucket_config(settings, bucket, prefix);
}

FrontConfig front_config(const Settings& settings) {
  FrontConfig config;
  if (const auto listen = settings.find("--listen", {"HOLDFAST_LISTEN"})) {
    try {
      config.listen = parse_listen_address(listen->value);
    } catch (const Error& error) {
      throw UsageError(std::string(error.what()) + " (" + listen->source + ")");
    }
  }
  const auto url = settings.find("--metadata-url", {"SALAD_METADATA_URI"});
  const bool on_salad = settings.find("", {"SALAD_INSTANCE_ID", "SALAD_MACHINE_ID"}).has_value();
  if (url) {
    config.metadata_url = url->value == "none" ? "" : url->value;
  } else if (on_salad) {
    config.metadata_url = SaladNode::kUsualUrl;
  }
  if (config.metadata_url.empty()) return config;
  try {
    static_cast<void>(parse_endpoint(config.metadata_url));
  } catch (const Error& error) {
    throw UsageError("the address of the metadata service (" + url->source +
                     ") cannot be used: " + error.what());
  }
  return config;
}

WorkerName worker_name(const Settings& settings, Random& random) {
  const auto given = settings.find("--worker", {"SALAD_INSTANCE_ID", "SALAD_MACHINE_ID"});
  if (!given) {
    return {host_name() + "-" + std::to_string(::getpid()) + "-" + random.hex(kRandomBytes), false};
  }
  const std::string fit = as_worker_id(given->value);
  if (fit == given->value) return {fit, true};
  // What a cloud calls us is not in anybody's hands here.
  if (given->source != "--worker") return {fit, true};
  throw UsageError("the worker's id '" + fitted(given->value, kWorkerIdBytesMax) +
                   "' (--worker) can only have letters, digits, '.', '_' and '-', at most " +
                   std::to_string(kWorkerIdBytesMax) + ", and not be '.' or '..'");
}

std::string exposed_secret(const Settings& settings) {
  const auto queue = settings.find("--queue", {});
  if (!queue || !queue->value.starts_with("amqp")) return {};
  const std::size_t at = queue->value.rfind('@');
  const std::size_t scheme = queue->value.find("://");
  if (at == std::string::npos || scheme == std::string::npos) return {};
  if (queue->value.substr(scheme + 3, at - scheme - 3).find(':') == std::string::npos) return {};
  return "the password in --queue is visible to everybody on this machine (ps); put the address as "
         "AMQP_URL=... into a file and give it with --env-file";
}

std::string shown(const QueueConfig& queue) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return broker->shown + " queue " + broker->job_queue;
  }
  return std::string(kSqlite) + std::get<FolderQueueConfig>(queue).folder.string();
}

std::string shown(const StoreConfig& store) {
  if (const auto* bucket = std::get_if<BucketConfig>(&store)) {
    const std::string prefix = bucket->prefix.empty() ? "" : "/" + bucket->prefix;
    return std::string(kBucket) + bucket->bucket + prefix;
  }
  return std::string(kFolder) + std::get<FolderStoreConfig>(store).root.string();
}

bool unfenced(const StoreConfig& store) {
  return std::visit([](const auto& place) { return place.unfenced; }, store);
}

std::string queue_name(const QueueConfig& queue) {
  const auto* broker = std::get_if<BrokerConfig>(&queue);
  return broker != nullptr ? broker->job_queue : "embedded";
}

std::string ledger_target(const QueueConfig& queue) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) return broker->target;
  return std::string(kSqlite) + std::get<FolderQueueConfig>(queue).folder.string();
}

}  // namespace holdfast
