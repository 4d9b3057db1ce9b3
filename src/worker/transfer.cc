#include "worker/transfer.h"

#include <new>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "checkpoint/pruner.h"
#include "checkpoint/request_time.h"
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

TransferAnswer Transfer::carry_out(const Restore& command, const std::stop_token& stop) {
  const StoreLayout layout(command.job);
  Restorer restorer(store_, clock_, layout);
  Restored answer;
  KeptTree parent;
  if (!command.checkpoints.empty()) {
    auto restored = restorer.restore(command.checkpoints, command.directory, stop);
    if (!restored) return TransferStopped{};
    answer = {restored->ref, true};
    parent = std::move(*restored);
  } else if (!command.foreign_checkpoint.empty()) {
    answer.resumed = restorer.adopt(command.foreign_checkpoint, command.directory);
  }
  begun_.emplace(layout, command.attempt,
                 Saver(store_, clock_, layout, command.attempt, std::move(parent)), false);
  return answer;
}

TransferAnswer Transfer::carry_out(const Save& command, const std::stop_token& stop) {
  check(begun_.has_value(), "an attempt was begun before it is saved");
  const auto saved = begun_->saver.save(command.snapshot, command.generation, stop);
  if (!saved) return TransferStopped{};
  begun_->keys[saved->ref.manifest_digest] = begun_->saver.newest().keys;
  keep_output(command.output_so_far);
  return Saved{*saved};
}

TransferAnswer Transfer::carry_out(const KeepOutput& command, const std::stop_token&) {
  check(begun_.has_value(), "an attempt was begun before its output is kept");
  keep_output(command.output_so_far);
  return OutputKept{};
}

void Transfer::keep_output(const std::string& output_so_far) {
  if (output_so_far.empty()) return;
  try {
    store_.put(begun_->layout.attempt_log_so_far(begun_->attempt), output_so_far,
               sha256(output_so_far), request_deadline(clock_, output_so_far.size()));
  } catch (const Error& error) {
    log(LogLevel::debug, "output so far not stored",
        {{"job", begun_->layout.root()}, {"error", error.what()}});
  }
}

TransferAnswer Transfer::carry_out(const Retire& command, const std::stop_token& stop) {
  check(begun_.has_value(), "an attempt was begun before its checkpoints retire");
  const KeySet needed = needed_by(command.kept);
  for (const CheckpointRef& ref : command.retired) {
    if (stop.stop_requested()) return TransferStopped{};
    prune(store_, clock_, begun_->layout, ref, needed);
  }
  if (!begun_->swept && begun_->attempt.value > 1) {
    sweep(store_, clock_, begun_->layout, begun_->attempt, needed, stop);
    if (stop.stop_requested()) return TransferStopped{};
  }
  begun_->swept = true;
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
  }
  begun_->keys = std::move(keys);
  return needed;
}

TransferAnswer Transfer::carry_out(const StoreOutputs& command, const std::stop_token& stop) {
  check(begun_.has_value(), "an attempt was begun before its outputs are stored");
  FoundOutputs found = find_outputs(begun_->layout, begun_->attempt, command.directory);
  if (!found.refused.empty()) return OutputsRefused{std::move(found.refused)};
  const auto digest = store_outputs(store_, clock_, begun_->layout, begun_->attempt,
                                    command.directory, found.outputs, stop);
  if (!digest) return TransferStopped{};
  return OutputsStored{*digest};
}

TransferAnswer Transfer::carry_out(const PublishOutputs& command, const std::stop_token& stop) {
  const bool all = publish_outputs(store_, clock_, StoreLayout(command.job), command.attempt,
                                   command.outputs_digest, stop);
  if (!all) return TransferStopped{};
  return OutputsPublished{};
}

}  // namespace holdfast
