#include "app/command_line/definitions.h"

namespace holdfast {

namespace {

constexpr const char* kHelp = R"(Examples:
  holdfast doctor --env-file worker.env
  holdfast doctor store --store s3://bucket/prefix --s3-endpoint https://… --json
  holdfast doctor machine --work-dir /scratch

Each line says ok, note, warn or bad, and below it how to mend what is wrong. Nothing is changed: it
tries things on objects and queues of its own, and removes them.
Exit code: 0 nothing is bad (warnings may be), 2 usage, 3 something is bad.)";

}  // namespace

DefinedCommand define_doctor(CLI::App& app) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App& doctor =
      *app.add_subcommand("doctor", "Checks broker, store and machine, and says what to mend");
  doctor.add_option("part", options->parts, "broker, store or machine (default: all of them)")
      ->check(CLI::IsMember({"broker", "store", "machine"}).description(""))
      ->type_name("");
  doctor.add_flag("--json", options->json, "One JSON object instead of text");
  doctor
      .add_option("--work-dir", options->work_dir,
                  "The folder that a worker here would use (default: below /var/tmp/holdfast)")
      ->type_name("DIR");
  doctor.add_flag_callback(
      "--unfenced", [options] { options->place.flags["--unfenced"] = "1"; },
      "The store is known to have no conditional writes");
  add_queue(doctor, options->place);
  add_store(doctor, options->place);
  add_management(doctor, options->place);
  doctor.footer(kHelp);
  return {&doctor, false, {}, [options](const auto&) -> CommandLine { return *options; }};
}

}  // namespace holdfast
