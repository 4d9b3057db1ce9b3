// What each command does. Each returns the program's exit code (app/exit_codes.h) or throws Error:
// UsageError before anything was done, any other when something is out of reach or refuses.
#pragma once

#include "app/command_line.h"
#include "app/signals.h"
#include "ports/clock.h"

namespace holdfast {

struct CommandContext {
  Clock& clock;
  SignalWatch& signals;
};

int run_jobs(const RunOptions& options, const CommandContext& context);
int set_up(const SetupOptions& options, const CommandContext& context);
int submit_jobs(const SubmitOptions& options, const CommandContext& context);
int work_on_jobs(const WorkOptions& options, const CommandContext& context);
int show_status(const StatusOptions& options, const CommandContext& context);
int list_all_jobs(const ListOptions& options, const CommandContext& context);
int show_logs(const LogsOptions& options, const CommandContext& context);
int explain_job(const WhyOptions& options, const CommandContext& context);
int write_report(const ReportOptions& options, const CommandContext& context);
int serve_dashboard(const DashboardOptions& options, const CommandContext& context);
int autoscale(const AutoscaleOptions& options, const CommandContext& context);
int show_fleet(const FleetOptions& options, const CommandContext& context);
int deploy(const DeployOptions& options, const CommandContext& context);
int take_checkpoint(const CheckpointOptions& options);
int say_finished(const FinishedOptions& options);
int examine(const DoctorOptions& options, const CommandContext& context);
int check_health(const HealthOptions& options, const CommandContext& context);
int dead_jobs(const DeadOptions& options, const CommandContext& context);
int cancel_jobs(const CancelOptions& options, const CommandContext& context);
int resume_group(const ResumeOptions& options, const CommandContext& context);
int forget_jobs(const ForgetOptions& options, const CommandContext& context);
int rerun_jobs(const RerunOptions& options, const CommandContext& context);
int fetch_results(const FetchOptions& options, const CommandContext& context);
int wait_for_jobs(const WaitOptions& options, const CommandContext& context);
int collect_garbage(const CollectOptions& options, const CommandContext& context);
int show_usage(const UsageOptions& options, const CommandContext& context);
int notify(const NotifyOptions& options, const CommandContext& context);
int checkpoints(const CheckpointsOptions& options, const CommandContext& context);
int offer(const CompleteOptions& options, const CommandContext& context);
int simulate_fleet(const SimulateOptions& options, const CommandContext& context);

}  // namespace holdfast
