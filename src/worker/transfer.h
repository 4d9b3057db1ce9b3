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
#include "inputs/input_fetcher.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "worker/outputs.h"

namespace holdfast {

// Which attempt a command is for.
struct AttemptOfJob {
  JobId job;
  AttemptNumber attempt;
  friend bool operator==(const AttemptOfJob&, const AttemptOfJob&) = default;
};

// Brings the inputs of the job into `directory`.
struct FetchInputs {
  InputReferences inputs;
  std::filesystem::path directory;
};

// Begins an attempt: restores the newest of `checkpoints`, or, if there are none, what another
// program left as `foreign_checkpoint`.
struct Restore {
  AttemptOfJob of;
  std::vector<CheckpointRef> checkpoints;
  std::string foreign_checkpoint;  // Empty: do not look.
  std::filesystem::path directory;
  std::filesystem::path output_directory = {};  // Holds what the checkpoint has of it; may be none.
};

// Stores a snapshot of an attempt that was begun.
struct Save {
  AttemptOfJob of;
  std::filesystem::path snapshot;
  Generation generation;
};

// Removes what `retired` checkpoints of an attempt that was begun leave behind; `kept` are those
// that the log names. The first one also removes what earlier attempts left.
struct Retire {
  AttemptOfJob of;
  std::vector<CheckpointRef> retired;
  std::vector<CheckpointRef> kept;
};

// Removes snapshots from this machine, which takes long with many files.
// Trees may take minutes to be removed.
struct Discard {
  std::vector<std::filesystem::path> folders;
};

struct StoreOutputs {
  AttemptOfJob of;
  std::filesystem::path directory;
  NamedResults named = {};
  std::optional<Provenance> made_by = {};
};

// Makes the result that one of the attempts `before`, newest first, had stored whole that of this
// attempt.
struct AdoptOutputs {
  AttemptOfJob of;
  std::vector<AttemptNumber> before;
};

// Then removes the checkpoints that the log does not keep.
struct PublishOutputs {
  AttemptOfJob of;
  std::string outputs_digest;
  // Those that the log keeps, and whether there may be others.
  std::vector<CheckpointRef> kept = {};
  bool checkpoints_stored = false;
  // Results of attempts before this one are of another epoch, and are replaced; 0: there are none.
  AttemptNumber first_of_epoch = {};
};
PublishOutputs publish_command(const JobId& job, const Record& completed);

// Takes away all that the store has of a job that was forgotten, as its newest record says.
struct RemoveRemains {
  JobId job;
  Record forgotten;
};

using TransferWhat = std::variant<FetchInputs, Restore, Save, Retire, Discard, StoreOutputs,
                                  AdoptOutputs, PublishOutputs, RemoveRemains>;

struct TransferCommand {
  TransferWhat what;
  std::stop_token stop = {};                   // Requested: give up soon, answer TransferStopped.
  std::optional<JobId> parked = std::nullopt;  // For a parked job, not the slot's own.
};

struct InputsFetched {
  InputsOutcome outcome;  // But for stopped, which is TransferStopped.
};
struct Restored {
  std::optional<CheckpointRef> checkpoint;  // nullopt: none, or a foreign one.
  bool resumed = false;                     // The checkpoint directory holds something.
};
struct Saved {
  SavedCheckpoint checkpoint;
};
struct Retired {};
struct Discarded {
  std::vector<std::pair<std::filesystem::path, std::string>> kept = {};  // And why.
};
struct OutputsStored {
  StoredResult result;
};
// They cannot be read: the job's own fault.
struct OutputsRefused {
  std::string why;
};
struct NoOutputs {};  // No attempt before had stored a result.
struct OutputsPublished {};
struct RemainsRemoved {};
struct TransferStopped {};
struct TransferFailed {
  ErrorKind kind = ErrorKind::unavailable;
  std::string what;
};

using TransferAnswer =
    std::variant<InputsFetched, Restored, Saved, Retired, Discarded, OutputsStored, OutputsRefused,
                 NoOutputs, OutputsPublished, RemainsRemoved, TransferStopped, TransferFailed>;

class Transfer {
 public:
  // Borrows all. Without `inputs` no job with inputs comes.
  Transfer(Store& store, const Clock& clock, const InputFetcher* inputs = nullptr,
           PageLimits pages = {})
      : store_(store), clock_(clock), inputs_(inputs), pages_(pages) {}

  // Carries out one command; never throws. The transfer thread.
  TransferAnswer carry_out(const TransferCommand& command);

 private:
  TransferAnswer carry_out(const FetchInputs& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Restore& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Save& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Retire& command, const std::stop_token& stop);
  TransferAnswer carry_out(const Discard& command, const std::stop_token& stop);
  TransferAnswer carry_out(const StoreOutputs& command, const std::stop_token& stop);
  TransferAnswer carry_out(const AdoptOutputs& command, const std::stop_token& stop);
  TransferAnswer carry_out(const PublishOutputs& command, const std::stop_token& stop);
  TransferAnswer carry_out(const RemoveRemains& command, const std::stop_token& stop);

  KeySet needed_by(const std::vector<CheckpointRef>& kept);

  // What is remembered of the attempt that was begun last, between its commands.
  struct Begun {
    AttemptOfJob of;
    StoreLayout layout;
    Saver saver;
    bool saved = false;  // It may have stored something of a checkpoint.
    bool swept = false;  // What killed attempts left behind is gone.
    // What checkpoints name that were kept lately, by the digest of their manifests.
    std::map<std::string, KeySet> keys = {};
  };
  Begun& begun(const AttemptOfJob& of);
  void remove_checkpoints(const PublishOutputs& command, const std::stop_token& stop);

  Store& store_;
  const Clock& clock_;
  const InputFetcher* const inputs_;
  const PageLimits pages_;
  std::optional<Begun> begun_;
};

}  // namespace holdfast
