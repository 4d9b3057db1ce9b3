// holdfast doctor: looks at broker, store and machine, and says how to mend what is wrong.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "adapters/http/endpoint.h"
#include "adapters/http/server_clock.h"
#include "adapters/local/machine_examiner.h"
#include "app/commands/commands.h"
#include "app/commands/places.h"
#include "app/config.h"
#include "app/exit_codes.h"
#include "app/finding_output.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "app/wiring.h"
#include "app/work_base.h"
#include "base/log.h"
#include "core/host.h"
#include "operate/broker_check.h"
#include "operate/machine_check.h"
#include "operate/store_check.h"

namespace holdfast {

namespace {

constexpr Duration kBrokerStep = std::chrono::seconds(30);
constexpr Duration kReachWait = std::chrono::seconds(10);

bool travels_in_the_clear(const std::string& url) {
  const Endpoint endpoint = parse_endpoint(url);
  return !endpoint.tls && !is_this_machine(endpoint.host);
}

class Doctor {
 public:
  Doctor(const DoctorOptions& options, Clock& clock, std::stop_token stop)
      : options_(options), clock_(clock), stop_(std::move(stop)) {}

  std::vector<Examined> examine() {
    const Settings settings = settings_of(options_.place);
    if (wanted("broker")) all_.push_back(examine_queue(settings));
    if (wanted("store")) all_.push_back(examine_store(settings));
    if (wanted("machine")) all_.push_back(examine_this_machine());
    return std::move(all_);
  }

 private:
  bool wanted(const std::string& part) const {
    return !stop_.stop_requested() &&
           (options_.parts.empty() ||
            std::ranges::find(options_.parts, part) != options_.parts.end());
  }

  Examined examine_queue(const Settings& settings) {
    Examined examined{"broker", "", {}};
    QueueConfig queue;
    try {
      queue = queue_config(settings);
    } catch (const UsageError& error) {
      examined.findings = {{"broker.settings", Verdict::bad, error.what(), "see holdfast --help"}};
      return examined;
    }
    examined.shown = shown(queue);
    if (const auto* broker = std::get_if<BrokerConfig>(&queue)) {
      examined.findings = judge(examine_broker(*broker, clock_, kBrokerStep));
    } else {
      examined.findings = {
          look_at_folder("queue.folder", std::get<FolderQueueConfig>(queue).folder)};
    }
    return examined;
  }

  // Of a queue or store on this machine. It is not made: it may be a mistake in the name.
  static Finding look_at_folder(const std::string& check, const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
      return {check, Verdict::note, "there is no folder " + folder.string() + " yet",
              "it is made at the first use; check the name"};
    }
    if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
      return {check, Verdict::bad, "this user cannot write to " + folder.string(),
              "change its owner or its mode"};
    }
    return {check, Verdict::ok, folder.string() + " can be written", {}};
  }

  Examined examine_store(const Settings& settings) {
    Examined examined{"store", "", {}};
    try {
      const StoreConfig place = store_config(settings);
      examined.shown = shown(place);
      if (const auto* bucket = std::get_if<BucketConfig>(&place)) {
        if (!look_at_server(*bucket, examined.findings)) return examined;
      } else {
        const auto& root = std::get<FolderStoreConfig>(place).root;
        examined.findings.push_back(look_at_folder("store.folder", root));
        if (examined.findings.back().verdict != Verdict::ok) return examined;
        std::error_code code;
        const auto room = std::filesystem::space(root, code);
        if (!code) examined.findings.push_back(judge_room(room.available));
      }
      Random random = Random::from_system();
      StoreStack stack = StoreStack::in_small_parts(place, clock_);
      Findings found = check_store(stack.store(), clock_, random, unfenced(place), stop_);
      std::ranges::move(found, std::back_inserter(examined.findings));
    } catch (const Error& error) {
      examined.findings.push_back(
          {"store.settings", Verdict::bad, error.what(), "see holdfast --help"});
    }
    return examined;
  }

  // Whether it answers at all: the name, the network, the port and the certificate.
  bool look_at_server(const BucketConfig& bucket, Findings& findings) {
    try {
      const auto ahead =
          server_clock_ahead(bucket.endpoint, bucket.ca_file, clock_, clock_.now() + kReachWait);
      findings.push_back({"store.reach", Verdict::ok, bucket.endpoint + " answers", {}});
      findings.push_back(judge_clock(ahead));
      if (travels_in_the_clear(bucket.endpoint)) {
        findings.push_back({"store.tls", Verdict::warn, "all data travels unencrypted",
                            "use https:// if the network is not yours alone"});
      }
      return true;
    } catch (const Error& error) {
      findings.push_back(
          {"store.reach", Verdict::bad, error.what(),
           "check the endpoint's name and port, and for a private authority give --ca-file"});
      return false;
    }
  }

  Examined examine_this_machine() {
    Examined examined{"machine", "", {}};
    try {
      const std::filesystem::path folder = options_.work_dir.empty()
                                               ? default_work_base()
                                               : std::filesystem::absolute(options_.work_dir);
      examined.shown = folder.string();
      examined.findings = judge(examine_machine(folder));
    } catch (const UsageError& error) {
      examined.findings = {
          {"machine.work_dir", Verdict::bad, error.what(), "name a folder with --work-dir"}};
    }
    return examined;
  }

  const DoctorOptions& options_;
  Clock& clock_;
  const std::stop_token stop_;
  std::vector<Examined> all_;
};

}  // namespace

int examine(const DoctorOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::off);                       // Everything is told as findings.
  StopOnSignal stop(context.signals, context.clock);  // What was made for a trial is removed.
  const auto all = Doctor(options, context.clock, stop.token()).examine();
  if (const auto signal = stop.signal()) return kExitSignalBase + *signal;
  if (options.json) {
    print(to_json(all) + "\n");
  } else {
    print_drawn(for_people(all, shows_color(STDOUT_FILENO)));
  }
  return healthy(all) ? kExitDone : kExitDifferent;
}

}  // namespace holdfast
