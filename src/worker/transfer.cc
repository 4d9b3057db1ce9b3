#include "worker/transfer.h"

#include <new>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "checkpoint/pruner.h"
#include "checkpoint/request_time.h"
#include "results/remains.h"
#include "results/stored_outputs.h"
#include "worker/former_outputs.h"
#include "worker/output_in_checkpoint.h"
#include "worker/outputs.h"

namespace holdfast {

TransferAnswer Transfer::carry_out(const TransferCommand& command) {
  try {
    return std::visit([&](const auto& what) { return carry_out(what, command.stop); },
                      command.what);
  } catch (const Error& error) {
    return TransferFailed{error.kind(), error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    return TransferFailed{ErrorKind::machine, error.what()};
  } catch (const std::bad_alloc&) {
    return TransferFailed{ErrorKind::unavailable, "this machine has no memory left for it"};
  } catch (const std::exception& error) {
    return TransferFailed{ErrorKind::machine, error.what()};
  }
}

TransferAnswer Transfer::carry_out(const FetchInputs& command, const std::stop_token& stop) {
  check(inputs_ != nullptr, "who takes jobs with inputs can fetch them");
  InputsOutcome outcome = inputs_->deliver(command.inputs, command.directory, stop);
  if (outcome.what == InputsOutcome::What::stopped) return TransferStopped{};
  return InputsFetched{std::move(outcome)};
}

TransferAnswer Transfer::carry_out(const Restore& command, const std::stop_token& stop) {
  const StoreLayout layout(command.of.job);
  Restorer restorer(store_, clock_, layout);
  Restored answer;
  KeptTree parent;
  if (!command.checkpoints.empty()) {
    auto restored = restorer.restore(command.checkpoints, command.directory, stop);
    if (!restored) return TransferStopped{};
    answer = {restored->ref, true};
    parent = std::move(*restored);
    if (!command.output_directory.empty()) {
      take_output_out(command.directory, command.output_directory);
    }
  } else if (!command.foreign_checkpoint.empty()) {
    answer.resumed = restorer.adopt(command.foreign_checkpoint, command.directory);
  }
  begun_.emplace(Begun{command.of, layout,
                       Saver(store_, clock_, layout, command.of.attempt, std::move(parent),
                             kTransferWidth, pages_)});
  return answer;
}

Transfer::Begun& Transfer::begun(const AttemptOfJob& of) {
  check(begun_ && begun_->of == of, "an attempt is begun before it stores anything");
  return *begun_;
}

TransferAnswer Transfer::carry_out(const Save& command, const std::stop_token& stop) {
  Begun& attempt = begun(command.of);
  attempt.saved = true;
  const auto saved = attempt.saver.save(command.snapshot, command.generation, stop);
  if (!saved) return TransferStopped{};
  attempt.keys[saved->ref.manifest_digest] = attempt.saver.newest().keys;
  return Saved{*saved};
}

TransferAnswer Transfer::carry_out(const Retire& command, const std::stop_token& stop) {
  Begun& attempt = begun(command.of);
  const KeySet needed = needed_by(command.kept);
  for (const CheckpointRef& ref : command.retired) {
    if (stop.stop_requested()) return TransferStopped{};
    prune(store_, clock_, attempt.layout, ref, needed);
  }
  if (!attempt.swept && command.of.attempt.value > 1) {
    sweep(store_, clock_, attempt.layout, command.of.attempt, needed, stop);
    if (stop.stop_requested()) return TransferStopped{};
  }
  attempt.swept = true;
  return Retired{};
}

KeySet Transfer::needed_by(const std::vector<CheckpointRef>& kept) {
  // The last one saved counts as kept, committed or not: the next is built on it.
  KeySet needed = begun_->saver.newest().keys;
  const CheckpointReader reader(store_, clock_, begun_->layout);
  std::map<std::string, KeySet> keys{
      {begun_->saver.newest().ref.manifest_digest, begun_->saver.newest().keys}};
  for (const CheckpointRef& ref : kept) {
    // Nothing is removed for the sake of one that is not whole.
    static_cast<void>(reader.manifest(ref));
    const auto known = begun_->keys.find(ref.manifest_digest);
    KeySet& its = keys[ref.manifest_digest];
    its =
        known != begun_->keys.end() ? known->second : keys_of(store_, clock_, begun_->layout, ref);
    needed.add(its);
    // Another one with the same content, hence the same digest, has a manifest of its own.
    needed.add(begun_->layout.manifest(ref.attempt, ref.generation, ref.manifest_digest));
  }
  begun_->keys = std::move(keys);
  return needed;
}

TransferAnswer Transfer::carry_out(const Discard& command, const std::stop_token&) {
  Discarded answer;
  for (const auto& folder : command.folders) {
    const std::error_code error = try_remove_tree(folder);
    if (error) answer.kept.emplace_back(folder, error.message());
  }
  return answer;
}

TransferAnswer Transfer::carry_out(const StoreOutputs& command, const std::stop_token& stop) {
  try {
    auto stored = store_outputs(store_, clock_, StoreLayout(command.of.job), command.of.attempt,
                                command.directory, command.named, command.made_by, stop);
    if (!stored) return TransferStopped{};
    return OutputsStored{std::move(*stored)};
  } catch (const OutputUnreadable& error) {
    return OutputsRefused{error.what()};
  }
}

TransferAnswer Transfer::carry_out(const AdoptOutputs& command, const std::stop_token& stop) {
  const StoreLayout layout(command.of.job);
  for (const AttemptNumber before : command.before) {
    if (stop.stop_requested()) return TransferStopped{};
    auto adopted = adopt_outputs(store_, clock_, layout, before, command.of.attempt);
    if (adopted) return OutputsStored{std::move(*adopted)};
  }
  return NoOutputs{};
}

TransferAnswer Transfer::carry_out(const PublishOutputs& command, const std::stop_token& stop) {
  const StoreLayout layout(command.of.job);
  std::optional<FormerOutputs> former;
  if (command.first_of_epoch.value > 1) {
    former.emplace(store_, clock_, layout, command.first_of_epoch);
    former->cut_off();
  }
  const bool all =
      publish_outputs(store_, clock_, layout, command.of.attempt, command.outputs_digest, stop);
  if (!all) return TransferStopped{};
  if (former) {
    former->remove_what_is_not_in(
        StoredOutputs(store_, clock_, layout, command.of.attempt, command.outputs_digest));
  }
  remove_checkpoints(command, stop);
  return OutputsPublished{};
}

TransferAnswer Transfer::carry_out(const RemoveRemains& command, const std::stop_token& stop) {
  static_cast<void>(remove_remains(store_, clock_, command.job, command.forgotten, stop));
  if (stop.stop_requested()) return TransferStopped{};
  return RemainsRemoved{};
}

// The result is there: that this fails keeps no message back.
void Transfer::remove_checkpoints(const PublishOutputs& command, const std::stop_token& stop) {
  const bool ours = begun_ && begun_->of == command.of && begun_->saved;
  if (!command.checkpoints_stored && !ours) return;
  try {
    const StoreLayout layout(command.of.job);
    KeySet needed;
    for (const CheckpointRef& ref : command.kept) {
      needed.add(keys_of(store_, clock_, layout, ref));
    }
    // The job has ended: this attempt commits nothing any more either.
    const AttemptNumber below{command.of.attempt.value + 1};
    sweep(store_, clock_, layout, below, needed, stop);
  } catch (const Error& error) {
    log(LogLevel::warn, "checkpoints of a completed job not removed",
        {{"job", command.of.job.text()}, {"error", error.what()}});
  }
}

PublishOutputs publish_command(const JobId& job, const Record& completed) {
  const bool checkpoints_stored = completed.generation.value > 0 || completed.attempt.value > 1;
  return {{job, completed.attempt},
          completed.outputs_digest,
          completed.checkpoints,
          checkpoints_stored,
          completed.epoch.number > 1 ? completed.epoch.first_attempt : AttemptNumber{}};
}

}  // namespace holdfast
