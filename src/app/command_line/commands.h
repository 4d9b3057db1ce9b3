// Every command's definition, one file each.
#pragma once

#include "app/command_line/definition.h"

namespace holdfast {

Command define_run();
Command define_setup();
Command define_submit();
Command define_work();
Command define_simulate();
Command define_status();
Command define_job_list();
Command define_logs();
Command define_why();
Command define_dashboard();
Command define_report();
Command define_autoscale();
Command define_fleet();
Command define_deploy();
Command define_checkpoint();
Command define_finished();
Command define_doctor();
Command define_health();
Command define_dead();
Command define_cancel();
Command define_rerun();
Command define_resume();
Command define_forget();
Command define_checkpoints();
Command define_fetch();
Command define_wait();
Command define_notify();
Command define_gc();
Command define_du();
// What tells of the others (besides.cc).
Command define_help();
Command define_completion();
Command define_man();
Command define_version();

}  // namespace holdfast
