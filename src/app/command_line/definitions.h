// Every command, one file each.
#pragma once

#include "app/command_line/options.h"

namespace holdfast {

DefinedCommand define_run(CLI::App& app);
DefinedCommand define_setup(CLI::App& app);
DefinedCommand define_submit(CLI::App& app);
DefinedCommand define_work(CLI::App& app);
DefinedCommand define_simulate(CLI::App& app);
DefinedCommand define_status(CLI::App& app);
DefinedCommand define_autoscale(CLI::App& app);
DefinedCommand define_fleet(CLI::App& app);
DefinedCommand define_deploy(CLI::App& app);
DefinedCommand define_checkpoint(CLI::App& app);
DefinedCommand define_doctor(CLI::App& app);
DefinedCommand define_health(CLI::App& app);
DefinedCommand define_dead(CLI::App& app);
DefinedCommand define_cancel(CLI::App& app);
DefinedCommand define_checkpoints(CLI::App& app);

}  // namespace holdfast
