// What an examination of a broker or a machine brings to light: facts. What they mean and what to
// do about them is decided in operate/, where no broker and no machine is needed to test it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

// How far an attempt to talk to a broker got before it failed.
enum class BrokerStage {
  reach,  // The name, the network, the port.
  trust,  // TLS: its certificate was refused.
  login,  // User and password.
  vhost,  // The virtual host.
  talk,   // It broke off later.
};

struct QueueFacts {
  std::string name;
  bool there = false;
  std::vector<std::string> differences;  // From what setup wants, a sentence each.
  std::vector<std::string> losses = {};  // How it throws messages away, a sentence and cure each.
};

enum class DeadLetterPath {
  arrives,  // A message that was refused arrived.
  lost,     // It did not, or there is nowhere that it could.
  untried,
};

// How long a worker may hold a job, by the broker's clock.
struct HoldLimit {
  enum class Known {
    unknown,     // The broker does not tell.
    none,        // As long as it likes.
    limited,     // `limit`.
    as_we_wish,  // The broker takes every worker's own wish.
  };
  Known known = Known::unknown;
  std::chrono::milliseconds limit{0};
};

struct BrokerFacts {
  std::string address;  // Without the password.
  bool encrypted = false;
  bool on_this_machine = false;
  std::string fault;  // Why it could not be examined, or not to the end; empty if it was.
  BrokerStage fault_at = BrokerStage::reach;

  std::string product;
  std::string version;
  std::chrono::seconds heartbeat{0};
  bool management_tells = false;  // Its management interface answered us.

  std::vector<QueueFacts> queues;  // The job queue first.
  // After how many returns the job queue sets a job aside; nullopt: practically never.
  std::optional<std::uint64_t> delivery_limit;
  HoldLimit hold_limit;

  // On the job queue and its like.
  bool may_configure = false;
  bool may_write = false;
  bool may_read = false;

  DeadLetterPath dead_letters = DeadLetterPath::untried;
  std::string dead_letters_detail;  // Where they go, or why they do not.
};

struct MachineFacts {
  std::filesystem::path work_folder;
  std::string work_folder_fault;  // Why no file can be written there; empty if one can.
  std::uint64_t work_bytes_free = 0;
  bool reflinks = false;    // Files can share blocks: a snapshot takes no time.
  bool hard_links = false;  // Snapshots can share unchanged files.
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_bytes_available = 0;
  std::optional<std::uint64_t> memory_bytes_allowed;  // Of the control group; nullopt: no limit.
  std::uint64_t open_files_max = 0;
  bool proc_mounted = false;
  unsigned processors = 0;
};

}  // namespace holdfast
