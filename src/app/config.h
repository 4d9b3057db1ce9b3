// What a command works with, made from flags, environment and --env-file: where the queue is, where
// the store is, who we are. Everything is checked here, before anything is done, and every mistake
// is a UsageError whose sentence never repeats a secret.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "adapters/http/listen_address.h"
#include "app/settings.h"
#include "base/random.h"

namespace holdfast {

struct BrokerConfig {
  std::string url;     // amqp(s)://…, with its password: never show it.
  std::string shown;   // The same without.
  std::string target;  // host:port/vhost/queue: names the queue in a ledger.
  std::string job_queue;
  std::filesystem::path ca_file;  // Beside the system's certificate authorities; may be empty.
  std::string management_url;     // http(s)://host:port without user and password.
  std::string user;
  std::string password;
  std::string vhost;
  // The same URL as --env-file says it now; nullopt: as it was.
  std::function<std::optional<std::string>()> url_anew;
  // Nobody named the management interface: it is taken to be where the broker is, and gets no
  // password before it has said what it is.
  bool management_assumed = false;
};

// The embedded queue.
struct FolderQueueConfig {
  std::filesystem::path folder;
};

using QueueConfig = std::variant<BrokerConfig, FolderQueueConfig>;

// They come from one place and one family of variables, all three.
struct StoreKeys {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // Empty unless the keys are temporary.
};

struct BucketConfig {
  std::string endpoint;
  std::string region;
  std::string bucket;
  std::string prefix;
  StoreKeys keys;
  // The keys as --env-file says them now: if the file has changed, or in any case after a refusal.
  std::function<std::optional<StoreKeys>(bool refused)> keys_anew;
  std::filesystem::path ca_file;
  bool unfenced = false;  // Without conditional writes (adapters/unfenced).
};

struct FolderStoreConfig {
  std::filesystem::path root;
  bool unfenced = false;
};

using StoreConfig = std::variant<BucketConfig, FolderStoreConfig>;

// A worker's id stands in records, in log lines and as the consumer's name at the broker.
constexpr std::size_t kWorkerIdBytesMax = 100;

struct WorkerName {
  std::string id;
  bool given = false;  // By a flag or variable; else it is new in every process.
};

// What a worker shows and tells of itself.
struct FrontConfig {
  std::optional<ListenAddress> listen;  // nullopt: no pages.
  std::string metadata_url;             // Of SaladCloud's metadata service; empty: not there.
};

QueueConfig queue_config(const Settings& settings);
StoreConfig store_config(const Settings& settings);
FrontConfig front_config(const Settings& settings);
WorkerName worker_name(const Settings& settings, Random& random);

// A sentence if a flag shows a password to everybody on this machine; empty if none does.
std::string exposed_secret(const Settings& settings);

// For people: the queue and the store without their secrets.
std::string shown(const QueueConfig& queue);
std::string shown(const StoreConfig& store);

// Whether the store is used without the fence that conditional writes are.
bool unfenced(const StoreConfig& store);

// Names the queue inside a store.
std::string queue_name(const QueueConfig& queue);

// Names the queue in a ledger.
std::string ledger_target(const QueueConfig& queue);

}  // namespace holdfast
