#include "holdfast/task.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>

#include "sdk/checkpoint_folder.h"
#include "sdk/stop_signal.h"
#include "sdk/worker_line.h"

namespace holdfast {

namespace {

using SteadyClock = std::chrono::steady_clock;  // The program's own: no clock is passed to it.

constexpr int kExitFailed = 1;
constexpr std::chrono::seconds kCheckpointInterval{60};  // Unless the worker says otherwise.
constexpr std::chrono::seconds kStopGrace{30};
constexpr std::chrono::milliseconds kReportInterval{100};
constexpr std::chrono::milliseconds kNoPatience{0};
constexpr std::chrono::milliseconds kLastReportPatience{1000};
constexpr std::size_t kStatusBytesMax = 256;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

int number_or(const char* name, int otherwise) {
  const std::string text = variable(name);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && end == text.data() + text.size() && number > 0;
  return good ? number : otherwise;
}

std::filesystem::path path_or(const char* name, const char* otherwise) {
  const std::string path = variable(name);
  return std::filesystem::absolute(path.empty() ? otherwise : path);
}

class OwnTask final : public Task {
 public:
  OwnTask()
      : under_worker_(!variable("HOLDFAST_CHECKPOINT_DIR").empty()),
        worker_(variable("HOLDFAST_SOCKET")),
        checkpoints_(path_or("HOLDFAST_CHECKPOINT_DIR", "checkpoints"),
                     under_worker_ ? Durability::process : Durability::machine),
        inputs_(path_or("HOLDFAST_INPUT_DIR", "inputs")),
        outputs_(path_or("HOLDFAST_OUTPUT_DIR", "outputs")),
        job_id_(variable("HOLDFAST_JOB_ID")),
        job_file_(variable("HOLDFAST_JOB_FILE")),
        attempt_(number_or("HOLDFAST_ATTEMPT", 1)),
        interval_(number_or("HOLDFAST_CHECKPOINT_INTERVAL",
                            static_cast<int>(kCheckpointInterval.count()))),
        grace_(number_or("HOLDFAST_STOP_GRACE", static_cast<int>(kStopGrace.count()))) {
    std::filesystem::create_directories(outputs_);
  }

  ~OwnTask() override { send_report(kLastReportPatience); }

  // Else exit code 0 counts as an answer to SIGTERM where one came.
  void say_finished() { worker_.tell("FINISHED=1\n", kLastReportPatience); }

  const std::optional<std::filesystem::path>& restored() const noexcept override {
    return checkpoints_.found();
  }

  bool checkpoint_due() const noexcept override {
    return SteadyClock::now() - last_checkpoint_ >= interval_;
  }

  void checkpoint(const std::function<void(const std::filesystem::path&)>& save) override {
    checkpoints_.replace(save);
    send_report(kNoPatience);
    const std::string answer = worker_.ask_for_snapshot([this] { return should_stop(); });
    if (answer != "OK") {
      std::fprintf(stderr, "holdfast: the worker did not copy the checkpoint now: %s\n",
                   answer.empty() ? "no answer" : answer.c_str());
    }
    last_checkpoint_ = SteadyClock::now();
  }

  bool should_stop() const noexcept override { return wait_for_stop({}); }
  bool wait_for_stop(std::chrono::milliseconds duration) const noexcept override {
    return stop_.came_within(duration);
  }
  std::chrono::seconds stop_grace() const noexcept override { return grace_; }

  void report_progress(double fraction) override {
    const double clamped = std::clamp(fraction, 0.0, 1.0);
    if (!(clamped >= 0)) return;  // Not a number.
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), clamped, std::chars_format::fixed, 4);
    progress_.assign(text.data(), end.ptr);
    send_report_if_due();
  }

  void report_step(std::uint64_t step) override {
    step_ = std::to_string(step);
    send_report_if_due();
  }

  void report_status(std::string_view line) override {
    status_ = line.substr(0, std::min(line.find('\n'), kStatusBytesMax));
    send_report_if_due();
  }

  void stall_after(std::chrono::seconds silence) override {
    stall_after_ = std::to_string(silence.count());
    send_report(kNoPatience);
  }

  const std::filesystem::path& input_directory() const noexcept override { return inputs_; }
  const std::filesystem::path& output_directory() const noexcept override { return outputs_; }
  const std::string& job_id() const noexcept override { return job_id_; }
  const std::filesystem::path& job_file() const noexcept override { return job_file_; }
  int attempt() const noexcept override { return attempt_; }

 private:
  void send_report_if_due() {
    if (SteadyClock::now() - last_report_ >= kReportInterval) send_report(kNoPatience);
  }

  // Sends what was not sent yet; what the worker has no room for is kept for the next time.
  void send_report(std::chrono::milliseconds patience) {
    std::string message;
    const auto add = [&message](const char* key, const std::string& value) {
      if (!value.empty()) message.append(key).append("=").append(value).append("\n");
    };
    add("PROGRESS", progress_);
    add("STEP", step_);
    add("STATUS", status_);
    add("STALL_AFTER", stall_after_);
    if (message.empty()) return;
    last_report_ = SteadyClock::now();
    if (!worker_.tell(message, patience)) return;
    progress_.clear();
    step_.clear();
    status_.clear();
    stall_after_.clear();
  }

  const bool under_worker_;
  StopSignal stop_;
  WorkerLine worker_;
  CheckpointFolder checkpoints_;
  const std::filesystem::path inputs_;
  const std::filesystem::path outputs_;
  const std::string job_id_;
  const std::filesystem::path job_file_;
  const int attempt_;
  const std::chrono::seconds interval_;
  const std::chrono::seconds grace_;

  SteadyClock::time_point last_checkpoint_ = SteadyClock::now();
  SteadyClock::time_point last_report_;
  // What is to be reported, as the worker reads it; empty: nothing new.
  std::string progress_;
  std::string step_;
  std::string status_;
  std::string stall_after_;
};

int exit_code(Ending ending) {
  switch (ending) {
    case Ending::finished:
      return 0;
    case Ending::stopped:
      return 85;
    case Ending::try_later:
      return 75;
    case Ending::node_unfit:
      return 69;
    case Ending::refused:
      return 65;
  }
  return kExitFailed;
}

}  // namespace

int run_task(const std::function<Ending(Task&)>& body) {
  try {
    OwnTask task;
    const Ending ending = body(task);
    if (ending == Ending::finished) task.say_finished();
    return exit_code(ending);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "holdfast: the task failed: %s\n", error.what());
    return kExitFailed;
  }
}

}  // namespace holdfast
