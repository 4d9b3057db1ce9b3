// The holdfast program: reads the command line, runs one command, turns what it throws into a
// sentence and an exit code.
#include <malloc.h>
#include <nss.h>
#include <signal.h>
#include <sys/prctl.h>

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "adapters/local/process_limits.h"
#include "adapters/local/system_clock.h"
#include "app/command_line.h"
#include "app/commands/commands.h"
#include "app/exit_codes.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/digest.h"

namespace holdfast {

namespace {

// Each thread that allocates at the same time as another gets a heap of its own up to this number:
// more of them are faster and larger, and a worker mostly waits.
constexpr int kHeapsMax = 2;

// The static program must load nothing of the image it runs in: its modules may be of another C
// library.
void load_nothing() {
  use_built_in_cryptography_only();
  ::__nss_configure_lookup("hosts", "files dns");
  for (const char* database : {"passwd", "group", "initgroups", "shadow", "services", "protocols",
                               "networks", "ethers", "netgroup"}) {
    ::__nss_configure_lookup(database, "files");
  }
}

void prepare_process() {
  load_nothing();
  // Broker and store keys are in our memory: no core file, and no other process of the same user
  // reads them.
  ::prctl(PR_SET_DUMPABLE, 0);
  raise_limits();
  ::mallopt(M_ARENA_MAX, kHeapsMax);
  // Writing to a connection or pipe that is gone is an error like any other.
  ::signal(SIGPIPE, SIG_IGN);
}

int carry_out(const CommandLine& command, const CommandContext& context) {
  struct Visitor {
    const CommandContext& context;
    int operator()(const TextWanted& wanted) const {
      print(wanted.text);
      return kExitDone;
    }
    int operator()(const RunOptions& options) const { return run_jobs(options, context); }
    int operator()(const SetupOptions& options) const { return set_up(options, context); }
    int operator()(const SubmitOptions& options) const { return submit_jobs(options, context); }
    int operator()(const WorkOptions& options) const { return work_on_jobs(options, context); }
    int operator()(const StatusOptions& options) const { return show_status(options, context); }
    int operator()(const ListOptions& options) const { return list_all_jobs(options, context); }
    int operator()(const LogsOptions& options) const { return show_logs(options, context); }
    int operator()(const WhyOptions& options) const { return explain_job(options, context); }
    int operator()(const ReportOptions& options) const { return write_report(options, context); }
    int operator()(const DashboardOptions& options) const {
      return serve_dashboard(options, context);
    }
    int operator()(const AutoscaleOptions& options) const { return autoscale(options, context); }
    int operator()(const FleetOptions& options) const { return show_fleet(options, context); }
    int operator()(const DeployOptions& options) const { return deploy(options, context); }
    int operator()(const CheckpointOptions& options) const { return take_checkpoint(options); }
    int operator()(const FinishedOptions& options) const { return say_finished(options); }
    int operator()(const DoctorOptions& options) const { return examine(options, context); }
    int operator()(const CompleteOptions& options) const { return offer(options, context); }
    int operator()(const HealthOptions& options) const { return check_health(options, context); }
    int operator()(const DeadOptions& options) const { return dead_jobs(options, context); }
    int operator()(const CancelOptions& options) const { return cancel_jobs(options, context); }
    int operator()(const ForgetOptions& options) const { return forget_jobs(options, context); }
    int operator()(const RerunOptions& options) const { return rerun_jobs(options, context); }
    int operator()(const ResumeOptions& options) const { return resume_group(options, context); }
    int operator()(const FetchOptions& options) const { return fetch_results(options, context); }
    int operator()(const WaitOptions& options) const { return wait_for_jobs(options, context); }
    int operator()(const CollectOptions& options) const {
      return collect_garbage(options, context);
    }
    int operator()(const UsageOptions& options) const { return show_usage(options, context); }
    int operator()(const CheckpointsOptions& options) const {
      return checkpoints(options, context);
    }
    int operator()(const NotifyOptions& options) const { return notify(options, context); }
    int operator()(const SimulateOptions& options) const {
      return simulate_fleet(options, context);
    }
  };
  return std::visit(Visitor{context}, command);
}

std::string what_went_wrong(const std::exception& error) {
  const auto* about_a_path = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
  if (about_a_path == nullptr) return error.what();
  std::error_code gone;
  static_cast<void>(std::filesystem::current_path(gone));
  if (gone) {
    return "the folder where it was started is not there any more (" + gone.message() +
           "); change to another one, as with cd";
  }
  const std::error_code why = about_a_path->code();
  std::string text = "cannot use " + about_a_path->path1().string() + ": " + why.message();
  if (why == std::errc::permission_denied) text += "; run it as the user whom this belongs to";
  return text;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  prepare_process();
  try {
    SystemClock clock;
    const CommandLine command = parse_command_line(arguments);
    SignalWatch signals(clock);
    return carry_out(command, {clock, signals});
  } catch (const OutputClosed&) {
    return kExitDone;  // As with `| head`: it has read what it wanted.
  } catch (const UsageError& error) {
    say("holdfast: " + std::string(error.what()) + "\n");
    return kExitUsage;
  } catch (const std::exception& error) {
    say("holdfast: " + what_went_wrong(error) + "\n");
    return kExitUnreachable;
  }
}

}  // namespace holdfast

int main(int argc, char** argv) {
  return holdfast::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
