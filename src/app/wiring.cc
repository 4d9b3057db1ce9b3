#include "app/wiring.h"

#include <mutex>

#include "adapters/amqp/amqp_admin.h"
#include "adapters/amqp/amqp_consumer.h"
#include "adapters/amqp/amqp_dead_letters.h"
#include "adapters/amqp/amqp_examiner.h"
#include "adapters/amqp/amqp_publisher.h"
#include "adapters/command_fleet/command_fleet.h"
#include "adapters/imds/salad_node.h"
#include "adapters/layout/layout_store.h"
#include "adapters/local/directory_store.h"
#include "adapters/local/process_runner.h"
#include "adapters/local/system_clock.h"
#include "adapters/net/silence.h"
#include "adapters/retry/counted_store.h"
#include "adapters/retry/retrying_store.h"
#include "adapters/s3/s3_parts.h"
#include "adapters/s3/s3_store.h"
#include "adapters/salad/salad_fleet.h"
#include "adapters/sqlite/sqlite_admin.h"
#include "adapters/sqlite/sqlite_consumer.h"
#include "adapters/sqlite/sqlite_dead_letters.h"
#include "adapters/sqlite/sqlite_ledger.h"
#include "adapters/sqlite/sqlite_publisher.h"
#include "adapters/unfenced/unfenced_store.h"
#include "app/management.h"
#include "app/terminal.h"
#include "base/log.h"
#include "base/random.h"
#include "checkpoint/snapshot.h"
#include "index/index_thread.h"
#include "index/indexed_store.h"

namespace holdfast {

namespace {

// Where the log tells nothing of a server that does not answer, the person who waits is told.
void tell_of_silence() {
  if (log_level() != LogLevel::error) return;
  static SystemClock clock;
  static SilenceWatch watch(clock, [](const std::string& server) {
    say("holdfast: " + server + " has not answered for " +
        std::to_string(SilenceWatch::kTellAfter.count()) + " s; still waiting\n");
  });
}

BrokerAccess access_to(const BrokerConfig& broker, const std::string& name) {
  tell_of_silence();
  BrokerAccess access{parse_amqp_url(broker.url), name, broker.ca_file};
  if (!broker.url_anew) return access;
  access.renewed = [anew = broker.url_anew]() -> std::optional<AmqpUrl> {
    try {
      const auto url = anew();
      return url ? std::optional(parse_amqp_url(*url)) : std::nullopt;
    } catch (const Error&) {
      return std::nullopt;  // The file is being written.
    }
  };
  return access;
}

S3Credentials credentials_of(const StoreKeys& keys) {
  return {keys.access_key, keys.secret_key, keys.session_token};
}

S3Config s3_config(const BucketConfig& bucket) {
  S3Config config;
  config.endpoint = bucket.endpoint;
  config.region = bucket.region;
  config.bucket = bucket.bucket;
  config.prefix = bucket.prefix;
  config.credentials = credentials_of(bucket.keys);
  if (bucket.keys_anew) {
    config.renewed = [anew = bucket.keys_anew](bool refused) -> std::optional<S3Credentials> {
      const auto keys = anew(refused);
      return keys ? std::optional(credentials_of(*keys)) : std::nullopt;
    };
  }
  config.ca_file = bucket.ca_file;
  return config;
}

// Where the log tells nothing of it, a person who waits is told once.
RetryingStore::Tell tell_of_trouble() {
  tell_of_silence();
  if (log_level() != LogLevel::error) return {};
  return [](const std::string& why) {
    static std::once_flag told;
    std::call_once(told, [&] { say("holdfast: " + why + "; still trying\n"); });
  };
}

}  // namespace

std::unique_ptr<Publisher> make_publisher(const QueueConfig& queue, const std::string& name,
                                          Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return std::make_unique<AmqpPublisher>(access_to(*broker, name), broker->job_queue, clock);
  }
  return std::make_unique<SqlitePublisher>(std::get<FolderQueueConfig>(queue).folder, clock);
}

WorkerQueue make_worker_queue(const QueueConfig& queue, const std::string& name, Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    auto consumer =
        std::make_unique<AmqpConsumer>(access_to(*broker, name), broker->job_queue, name, clock);
    auto publisher = consumer->publisher();
    return {std::move(consumer), std::move(publisher)};
  }
  const auto& folder = std::get<FolderQueueConfig>(queue).folder;
  return {std::make_unique<SqliteConsumer>(folder, QueueBox::jobs, clock),
          std::make_unique<SqlitePublisher>(folder, clock)};
}

std::unique_ptr<DeadLetters> make_dead_letters(const QueueConfig& queue, Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return std::make_unique<AmqpDeadLetters>(access_to(*broker, "holdfast dead"), broker->job_queue,
                                             clock);
  }
  return std::make_unique<SqliteDeadLetters>(std::get<FolderQueueConfig>(queue).folder);
}

std::unique_ptr<DeadLetters> make_held_jobs(const QueueConfig& queue, Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return std::make_unique<AmqpDeadLetters>(access_to(*broker, "holdfast resume"),
                                             broker->job_queue, clock, Destination::held);
  }
  return std::make_unique<SqliteDeadLetters>(std::get<FolderQueueConfig>(queue).folder,
                                             QueueBox::held);
}

std::unique_ptr<QueueAdmin> make_admin(const QueueConfig& queue, Clock& clock) {
  if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
    return std::make_unique<AmqpAdmin>(access_to(*broker, "holdfast"), broker->job_queue,
                                       management_of(*broker, clock), clock);
  }
  return std::make_unique<SqliteAdmin>(std::get<FolderQueueConfig>(queue).folder, clock);
}

BrokerFacts examine_broker(const BrokerConfig& broker, const Clock& clock, Duration step) {
  return AmqpExaminer(access_to(broker, "holdfast doctor"), broker.job_queue,
                      management_of(broker, clock), clock)
      .examine(step);
}

std::unique_ptr<Fleet> make_fleet(const FleetConfig& fleet, Clock& clock) {
  if (const auto* program = std::get_if<FleetProgram>(&fleet)) {
    return std::make_unique<CommandFleet>(program->command, clock);
  }
  return std::make_unique<SaladFleet>(std::get<SaladPlace>(fleet), clock);
}

StoreStack::StoreStack(const StoreConfig& config, Clock& clock)
    : StoreStack(config, clock, false) {}

StoreStack::StoreStack(const StoreConfig& config, Clock& clock, const FleetLayout& index)
    : StoreStack(config, clock, false) {
  index_ = std::make_unique<IndexThread>(*outer_, clock, index);
  indexed_ = std::make_unique<IndexedStore>(
      *outer_, [this](const JobId& job, const Record& record) { index_->tell(job, record); });
  outer_ = indexed_.get();
}

StoreStack::~StoreStack() = default;

bool StoreStack::began_with_an_index(TimePoint deadline) {
  return layout_->keeps_jobs_apart(deadline);
}

StoreStack StoreStack::in_small_parts(const StoreConfig& config, Clock& clock) {
  return StoreStack(config, clock, true);
}

StoreStack::StoreStack(const StoreConfig& config, Clock& clock, bool small_parts) {
  if (const auto* bucket = std::get_if<BucketConfig>(&config)) {
    const S3Sizes small{kPartBytesMin, kPartBytesMin, kPartBytesMin, kPartBytesMin};
    inner_ = std::make_unique<S3Store>(s3_config(*bucket), clock, small_parts ? small : S3Sizes{});
  } else {
    inner_ = std::make_unique<DirectoryStore>(std::get<FolderStoreConfig>(config).root);
  }
  counted_ = std::make_unique<CountedStore>(*inner_, traffic_, clock);
  outer_ = counted_.get();
  // A disk that cannot now will not in a moment either.
  if (std::holds_alternative<BucketConfig>(config)) {
    retrying_ =
        std::make_unique<RetryingStore>(*outer_, clock, Random::from_system(), tell_of_trouble());
    outer_ = retrying_.get();
  }
  if (unfenced(config)) {
    unfenced_ = std::make_unique<UnfencedStore>(*outer_);
    outer_ = unfenced_.get();
  }
  layout_ = std::make_unique<LayoutStore>(*outer_);
  outer_ = layout_.get();
}

struct Buckets::Stack {
  Stack(const BucketConfig& bucket, Clock& clock)
      : s3(s3_config(bucket), clock),
        retrying(s3, clock, Random::from_system(), tell_of_trouble()) {}
  S3Store s3;
  RetryingStore retrying;
  const Bucket whole{retrying, s3};
};

Buckets::Buckets(const StoreConfig& config, Clock& clock) : config_(config), clock_(clock) {}

Buckets::~Buckets() = default;

const Bucket* Buckets::bucket(const std::string& name) {
  const auto* own = std::get_if<BucketConfig>(&config_);
  if (own == nullptr) return nullptr;
  const Bucket* whole = nullptr;
  stacks_.with([&](auto& stacks) {
    auto& stack = stacks[name];
    if (!stack) {
      BucketConfig other = *own;
      other.bucket = name;
      other.prefix.clear();
      stack = std::make_unique<Stack>(other, clock_);
    }
    whole = &stack->whole;
  });
  return whole;
}

std::unique_ptr<Node> make_node(const FrontConfig& config, Clock& clock) {
  if (config.metadata_url.empty()) return nullptr;
  return std::make_unique<SaladNode>(config.metadata_url, clock);
}

std::unique_ptr<Runner> make_runner(const TaskSinks& sinks,
                                    std::function<void(std::string_view)> line,
                                    std::uint64_t snapshot_space_bytes_max,
                                    const std::vector<std::string>& excluded, Clock& clock) {
  RunnerParts parts;
  parts.post_event = sinks.event;
  parts.output = sinks.output;
  parts.line = std::move(line);
  // Shared because a function is copied; only the runner has it.
  const auto copy_with = [](std::shared_ptr<SnapshotTaker> taker) {
    return [taker = std::move(taker)](const std::filesystem::path& from,
                                      const std::filesystem::path& to, const std::stop_token& stop,
                                      const Standstill& standstill) {
      return taker->take(from, to, stop, standstill);
    };
  };
  auto checkpoints = std::make_shared<SnapshotTaker>(snapshot_space_bytes_max);
  checkpoints->leave_out(excluded);
  parts.copy = copy_with(std::move(checkpoints));
  parts.copy_output = copy_with(std::make_shared<SnapshotTaker>(snapshot_space_bytes_max));
  return std::make_unique<ProcessRunner>(clock, std::move(parts));
}

std::unique_ptr<Ledger> make_ledger(const std::filesystem::path& file, const QueueConfig& queue) {
  auto ledger = std::make_unique<SqliteLedger>(file, ledger_target(queue));
  if (const auto* folder = std::get_if<FolderQueueConfig>(&queue)) {
    ledger->confirm_those_in(folder->folder / "queue.sqlite");
  }
  return ledger;
}

}  // namespace holdfast
