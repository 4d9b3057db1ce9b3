// What a job's own program needs in order to survive interruption.
//
//   int main() {
//     return holdfast::run_task([](holdfast::Task& task) {
//       Model model = task.restored() ? load(*task.restored()) : Model{};
//       while (!model.done()) {
//         model.step();
//         const bool stop = task.should_stop();
//         if (stop || task.checkpoint_due()) {
//           task.checkpoint([&](const std::filesystem::path& dir) { model.save(dir); });
//         }
//         if (stop) return holdfast::Ending::stopped;
//       }
//       model.write_result(task.output_directory() / "result.txt");
//       return holdfast::Ending::finished;
//     });
//   }
//
// Started without a worker, the same program runs alone: it keeps its checkpoints below
// ./checkpoints and its outputs in ./outputs, so it can be debugged like any other. Link
// holdfast_task; it needs nothing but the C++ library.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast {

// How the program ends, and the exit code that says so to the worker.
enum class Ending {
  finished,    // 0: the work is complete; its outputs are kept and the job never runs again.
  stopped,     // 85: there is more to do; the job runs again from its newest checkpoint. Also the
               // answer to should_stop().
  try_later,   // 75: something that this program needs is out of reach; not the job's fault.
  node_unfit,  // 69: this machine cannot run it (a broken GPU, say); another one may.
  refused,     // 65: this job can never work; it is set aside for a person, with no retry.
};

// The running program's view of its job. Owned by run_task() and valid until its body returns.
// Call it from one thread, except where a function says "any thread".
class Task {
 public:
  virtual ~Task() = default;

  // The files to go on from: what the last checkpoint() of an earlier attempt saved. nullopt on a
  // fresh start. Files that something else put in the checkpoint directory (a worker of another
  // make that began the job, a script) are given as they are, so look whether yours are there.
  // Read them before the first checkpoint(), which removes them.
  virtual const std::optional<std::filesystem::path>& restored() const noexcept = 0;

  // True once the job's checkpoint interval has passed since the start or the last checkpoint().
  virtual bool checkpoint_due() const noexcept = 0;

  // Makes one checkpoint: calls `save` once, on this thread, with an empty directory to fill.
  //
  // Returns when the worker has copied the files, which is before they are durable: they are
  // uploaded while the program goes on, and count only once committed. If the worker cannot copy
  // them now, it takes them with the next checkpoint or when the program ends. A program that is
  // killed while it saves leaves the checkpoint before.
  //
  // Throws what `save` throws, and drops that checkpoint. Throws Error (unavailable) if the
  // directory cannot be written, for want of space say. Neither touches earlier checkpoints.
  virtual void checkpoint(const std::function<void(const std::filesystem::path& dir)>& save) = 0;

  // True once the program is asked to end: drain, cancellation, interruption, Ctrl-C. Make a last
  // checkpoint and return Ending::stopped within stop_grace(); then comes SIGKILL. Any thread.
  virtual bool should_stop() const noexcept = 0;
  virtual std::chrono::seconds stop_grace() const noexcept = 0;

  // Waits for `duration`, or until the program is asked to end; then true. Any thread.
  virtual bool wait_for_stop(std::chrono::milliseconds duration) const noexcept = 0;

  // What the status page shows. Cheap enough for every iteration; `fraction` is 0 to 1.
  virtual void report_progress(double fraction) = 0;
  virtual void report_step(std::uint64_t step) = 0;
  virtual void report_status(std::string_view line) = 0;

  // From now on the job counts as stalled, and is started again, when the program gives no sign of
  // life for so long. A report is a sign of life, a checkpoint too.
  virtual void stall_after(std::chrono::seconds silence) = 0;

  // The files that were given to the job, by name (docs/inputs.md). Not to be written.
  virtual const std::filesystem::path& input_directory() const noexcept = 0;

  // Where to leave what is the result. Kept if the program ends with Ending::finished.
  virtual const std::filesystem::path& output_directory() const noexcept = 0;

  // The job's id, and its file: the JSON as it was submitted. Empty if the program runs alone.
  virtual const std::string& job_id() const noexcept = 0;
  virtual const std::filesystem::path& job_file() const noexcept = 0;

  // 1, 2, 3, ...
  virtual int attempt() const noexcept = 0;
};

// Runs `body` and returns the process exit code. An exception from `body` fails this attempt (exit
// code 1) and its text is written to standard error; whether the job runs again is its retry
// policy's business. Once per process.
int run_task(const std::function<Ending(Task&)>& body);

}  // namespace holdfast
