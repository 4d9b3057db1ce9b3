#include "app/fleet_config.h"

#include <charconv>
#include <map>
#include <vector>

#include "adapters/amqp/amqp_url.h"
#include "adapters/http/endpoint.h"
#include "adapters/salad/salad_fleet.h"
#include "app/split_words.h"
#include "app/usage_error.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr const char* kSaladUrl = "https://api.salad.com/api/public";
constexpr std::size_t kNameMax = 63;

std::vector<std::string> both_cases(const std::string& name) {
  std::string upper = name;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return {name, upper};
}

std::optional<Setting> guides(const Settings& settings, const std::string& flag,
                              const std::string& name) {
  return settings.find(flag, both_cases(name));
}

// The group of a container may also be known by what the cloud tells it.
Setting required(const Settings& settings, const std::string& what, const std::string& flag,
                 const std::string& name, const std::string& clouds_name) {
  std::vector<std::string> names = both_cases(name);
  if (!clouds_name.empty()) names.push_back(clouds_name);
  return settings.require(what, flag, names);
}

void check_group_name(const Setting& name) {
  const std::string& text = name.value;
  bool good = text.size() >= 2 && text.size() <= kNameMax && text.front() >= 'a' &&
              text.front() <= 'z' && text.back() != '-';
  for (const char c : text) {
    good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
  }
  if (good) return;
  throw UsageError("the container group's name (" + name.source +
                   ") is not valid: it must have 2 to " + std::to_string(kNameMax) +
                   " small letters, digits and dashes, beginning with a letter");
}

std::optional<std::uint32_t> size_in(const Settings& settings, const std::string& flag,
                                     const std::string& name) {
  const auto given = guides(settings, flag, name);
  if (!given) return std::nullopt;
  const std::string& text = given->value;
  std::uint32_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(name + " (" + given->source +
                     ") is not a number of machines; write a whole number such as 20");
  }
  return size;
}

// The broker itself, beside its management interface: CloudAMQP and a broker of one's own have both
// on one host, on their usual ports.
std::string broker_beside(const Setting& management, const Settings& settings) {
  Endpoint endpoint;
  try {
    endpoint = parse_endpoint(management.value);
  } catch (const Error& error) {
    throw UsageError("the address of the management interface (" + management.source +
                     ") cannot be used: " + error.what());
  }
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  std::string url = endpoint.tls ? "amqps://" : "amqp://";
  url += percent_encode(
      required(settings, "the broker's user", "--rabbitmq-username", "rabbitmq_username", "")
          .value);
  url += ":" + percent_encode(required(settings, "the broker's password", "--rabbitmq-password",
                                       "rabbitmq_password", "")
                                  .value);
  url += "@" + (v6 ? "[" + endpoint.host + "]" : endpoint.host) + "/";
  if (const auto vhost = guides(settings, "--vhost", "vhost")) {
    // In the guide it stands in an address as it is, so it may come encoded.
    const bool encoded = vhost->value.find('%') != std::string::npos;
    url += encoded ? vhost->value : percent_encode(vhost->value);
  } else {
    url += "%2F";
  }
  return url;
}

}  // namespace

SaladPlace salad_place(const Settings& settings) {
  SaladPlace place;
  place.organization = required(settings, "the organization at SaladCloud", "--org", "org",
                                "SALAD_ORGANIZATION_NAME")
                           .value;
  place.project =
      required(settings, "the project at SaladCloud", "--project", "project", "SALAD_PROJECT_NAME")
          .value;
  const Setting group = required(settings, "the container group", "--container-group-name",
                                 "container_group_name", "SALAD_CONTAINER_GROUP_NAME");
  check_group_name(group);
  place.group = group.value;
  place.api_key =
      required(settings, "the key for SaladCloud", "--salad-api-key", "salad_api_key", "").value;
  const auto url = settings.find("--salad-url", {"HOLDFAST_SALAD_URL"});
  place.url = url ? url->value : kSaladUrl;
  try {
    static_cast<void>(parse_endpoint(place.url));
  } catch (const Error& error) {
    throw UsageError("the address of SaladCloud (" + url->source +
                     ") cannot be used: " + error.what());
  }
  if (const auto file = settings.find("--ca-file", {"SSL_CERT_FILE"})) place.ca_file = file->value;
  return place;
}

bool names_a_cloud(const Settings& settings) {
  return settings.find("--fleet-program", {"HOLDFAST_FLEET_PROGRAM"}) ||
         guides(settings, "--salad-api-key", "salad_api_key") ||
         guides(settings, "--container-group-name", "container_group_name");
}

FleetConfig fleet_config(const Settings& settings) {
  const auto program = settings.find("--fleet-program", {"HOLDFAST_FLEET_PROGRAM"});
  if (program) {
    // A file whose name holds blanks needs no quotes.
    std::error_code unknown;
    const bool file = std::filesystem::is_regular_file(program->value, unknown);
    auto command = file ? std::vector<std::string>{program->value} : split_words(program->value);
    if (command.empty()) throw UsageError(program->source + " names no program");
    return FleetProgram{std::move(command)};
  }
  return salad_place(settings);
}

QueueConfig scaled_queue(const Settings& settings) {
  std::map<std::string, std::string> flags;
  const auto management = guides(settings, "--rabbitmq-url", "rabbitmq_url");
  const auto queue = settings.find("--queue", {"AMQP_URL"});
  if (!queue && !management) {
    static_cast<void>(settings.require("the queue", "--queue", {"AMQP_URL", "rabbitmq_url"}));
  }
  flags["--queue"] = queue ? queue->value : broker_beside(*management, settings);
  if (const auto name = settings.find("--job-queue", {"JOB_QUEUE"})) {
    flags["--job-queue"] = name->value;
  } else if (flags["--queue"].starts_with("amqp")) {
    flags["--job-queue"] =
        required(settings, "the name of the job queue", "--queue-name", "queue_name", "JOB_QUEUE")
            .value;
  }
  const auto own = settings.find("--management-url", {"HOLDFAST_MANAGEMENT_URL"});
  if (own || management) flags["--management-url"] = own ? own->value : management->value;
  const auto ca_file = settings.find("--ca-file", {"SSL_CERT_FILE"});
  if (ca_file) flags["--ca-file"] = ca_file->value;
  QueueConfig config = queue_config(Settings(flags, {}, {}, ""));
  if (auto* broker = std::get_if<BrokerConfig>(&config)) {
    const auto user = guides(settings, "--rabbitmq-username", "rabbitmq_username");
    const auto password = guides(settings, "--rabbitmq-password", "rabbitmq_password");
    if (user && password) {
      broker->user = user->value;
      broker->password = password->value;
    }
  }
  return config;
}

void size_limits(const Settings& settings, ScalingPolicy& policy) {
  const auto most = size_in(settings, "--max-replicas", "max_replicas");
  if (!most) {
    static_cast<void>(settings.require("the largest size of the fleet", "--max-replicas",
                                       {"max_replicas", "MAX_REPLICAS"}));
  }
  policy.size_max = *most;
  policy.size_min = size_in(settings, "--min-replicas", "min_replicas").value_or(0);
  if (policy.size_min > policy.size_max) {
    throw UsageError("min_replicas is larger than max_replicas");
  }
}

std::string shown(const FleetConfig& fleet) {
  if (const auto* program = std::get_if<FleetProgram>(&fleet)) {
    return "the fleet of " + program->command.front();
  }
  const auto& place = std::get<SaladPlace>(fleet);
  return place.organization + "/" + place.project + "/" + place.group;
}

std::string exposed_fleet_secret(const Settings& settings) {
  std::string text;
  for (const char* flag : {"--salad-api-key", "--rabbitmq-password"}) {
    if (!settings.find(flag, {})) continue;
    text += std::string(text.empty() ? "" : "; ") + "the value of " + flag +
            " is visible to everybody on this machine (ps); put it into a file and give that with "
            "--env-file";
  }
  return text;
}

}  // namespace holdfast
