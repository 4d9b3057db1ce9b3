// Moves what is large between workspace and store, on a thread of its own, one command after the
// other, so that the session never waits for a line. Answers go to the session's inbox, exactly
// one per command.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/mailbox.h"
#include "checkpoint/restorer.h"
#include "checkpoint/saver.h"
#include "core/attempt.h"
#include "core/job.h"
#include "core/record.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// Begins an attempt: restores the newest of `checkpoints`, or, if there are none, what another
// program left as `foreign_checkpoint`.
struct Restore {
  JobId job;
  AttemptNumber attempt;
  std::vector<CheckpointRef> checkpoints;
  std::string foreign_checkpoint;  // Empty: do not look.
  std::filesystem::path directory;
};

// Stores a snapshot of the attempt that was begun last.
struct Save {
  std::filesystem::path snapshot;
  Generation generation;
  std::string output_so_far = {};  // As in KeepOutput; empty: there is nothing new.
};

// Stores the end of what the task of the attempt that was begun last has printed so far, for people
// who look after the job of a worker that vanished. No harm if it fails.
struct KeepOutput {
  std::string output_so_far;
};

// Removes what `retired` checkpoints leave behind; `kept` are those that the log names.
struct Retire {
  std::vector<CheckpointRef> retired;
  std::vector<CheckpointRef> kept;
};

struct StoreOutputs {
  std::filesystem::path directory;
};

struct PublishOutputs {
  JobId job;
  AttemptNumber attempt;
  std::string outputs_digest;
};

using TransferWhat = std::variant<Restore, Save, KeepOutput, Retire, StoreOutputs, PublishOutputs>;

struct TransferCommand {
  TransferWhat what;
  std::stop_token stop = {};                   // Requested: give up soon, answer TransferStopped.
  std::optional<JobId> parked = std::nullopt;  // For a job in the pocket, not the slot's own.
};

struct Restored {
  std::optional<CheckpointRef> checkpoint;  // nullopt: none, or a foreign one.
  bool resumed = false;                     // The checkpoint directory holds something.
};
struct Saved {
  SavedCheckpoint checkpoint;
};
struct OutputKept {};
struct Retired {};
struct OutputsStored {
  std::string digest;
};
// No store can take them as they are: the job's own fault.
struct OutputsRefused {
  std::string why;
};
struct OutputsPublished {};
struct TransferStopped {};
struct TransferFailed {
  ErrorKind kind = ErrorKind::unavailable;
  std::string what;
};

using TransferAnswer =
    std::variant<Restored, Saved, OutputKept, Retired, OutputsStored, OutputsRefused,
                 OutputsPublished, TransferStopped, TransferFailed>;

class Transfer {
 public:
  // Borrows store and clock.
  Transfer(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Carries out one command; never throws. The transfer thread.
  TransferAnswer carry_out(const TransferCommand& command);

 private:
  TransferAnswer carry_out(const Restore& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Save& command, const std::stop_token& stop);
  TransferAnswer carry_out(const KeepOutput& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Retire& command, const std::stop_token& stop);
  TransferAnswer carry_out(const StoreOutputs& command, const std::stop_token& stop);
  TransferAnswer carry_out(const PublishOutputs& command, const std::stop_token& stop);

  void keep_output(const std::string& output_so_far);
  KeySet needed_by(const std::vector<CheckpointRef>& kept);

  // The attempt that was begun last.
  struct Begun {
    StoreLayout layout;
    AttemptNumber attempt;
    Saver saver;
    bool swept = false;  // What killed attempts left behind is gone.
    // What checkpoints name that were kept lately, by the digest of their manifests.
    std::map<std::string, KeySet> keys = {};
  };

  Store& store_;
  const Clock& clock_;
  std::optional<Begun> begun_;
};

}  // namespace holdfast
