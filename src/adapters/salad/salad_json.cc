#include "adapters/salad/salad_json.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/json_read.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::json;

[[noreturn]] void throw_mismatch(const std::string& what, const std::string& why) {
  throw Error(ErrorKind::corrupt, "SaladCloud's answer is no " + what + " (" + why +
                                      "); is the address (--salad-url) that of its public API?");
}

// Reads a document of one kind; what does not fit is an Error that names the kind.
template <typename Read>
auto reading(const std::string& what, std::string_view body, Read read) {
  try {
    return read(Json::parse(body));
  } catch (const Json::exception&) {
    throw_mismatch(what, "it is no JSON, or something is missing or of another type");
  } catch (const JsonMismatch& mismatch) {
    throw_mismatch(what, mismatch.what);
  }
}

template <typename Value>
Value known(const std::optional<Value>& value, const std::string& word) {
  require_json(value.has_value(), "the state '" + word + "' is none that we know");
  return *value;
}

const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> text_in(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  return value->get<std::string>();
}

template <typename Number>
std::optional<Number> number_in(const Json& object, const char* name) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  return whole_number<Number>(*value);
}

std::vector<std::string> texts_in(const Json& object, const char* name) {
  std::vector<std::string> texts;
  if (const Json* list = member(object, name)) {
    for (const Json& one : list_in(*list)) texts.push_back(one.get<std::string>());
  }
  return texts;
}

std::vector<std::string> sorted_texts_in(const Json& object, const char* name) {
  std::vector<std::string> texts = texts_in(object, name);
  std::sort(texts.begin(), texts.end());
  return texts;
}

LivenessProbe liveness_in(const Json& group) {
  LivenessProbe liveness;
  const Json* probe = member(group, "liveness_probe");
  if (probe == nullptr) return liveness;
  if (const Json* exec = member(*probe, "exec")) liveness.command = texts_in(*exec, "command");
  if (const Json* http = member(*probe, "http")) {
    liveness.path = text_in(*http, "path").value_or("");
    liveness.port = number_in<std::uint32_t>(*http, "port").value_or(0);
  }
  return liveness;
}

void resources_in(const Json& container, Deployment& deployment) {
  const Json* resources = member(container, "resources");
  require_json(resources != nullptr, "it has no resources");
  deployment.cpu = number_in<std::uint32_t>(*resources, "cpu");
  deployment.memory_mb = number_in<std::uint32_t>(*resources, "memory");
  deployment.shm_mb = number_in<std::uint32_t>(*resources, "shm_size");
  deployment.storage_bytes = number_in<std::uint64_t>(*resources, "storage_amount");
  deployment.gpu_classes = sorted_texts_in(*resources, "gpu_classes");
}

std::map<std::string, std::string> environment_in(const Json& container) {
  std::map<std::string, std::string> environment;
  if (const Json* variables = member(container, "environment_variables")) {
    require_json(variables->is_object(), "its environment is none");
    for (const auto& [name, value] : variables->items()) {
      environment.emplace(name, value.get<std::string>());
    }
  }
  return environment;
}

FleetInstance instance_in(const Json& one) {
  FleetInstance instance;
  instance.id = one.at("id").get<std::string>();
  instance.machine = one.at("machine_id").get<std::string>();
  const auto state = one.at("state").get<std::string>();
  instance.state = known(instance_state_from_text(state), state);
  instance.deletion_cost = number_in<std::uint32_t>(one, "deletion_cost").value_or(0);
  instance.since = one.at("update_time").get<std::string>();
  return instance;
}

template <typename Value>
void put(Json& object, const char* name, const std::optional<Value>& value) {
  if (value) object[name] = *value;
}

Json resources_of(const Deployment& wanted) {
  Json resources = Json::object();
  put(resources, "cpu", wanted.cpu);
  put(resources, "memory", wanted.memory_mb);
  put(resources, "shm_size", wanted.shm_mb);
  put(resources, "storage_amount", wanted.storage_bytes);
  put(resources, "gpu_classes", wanted.gpu_classes);
  return resources;
}

Json container_of(const Deployment& wanted) {
  Json container = Json::object();
  put(container, "image", wanted.image);
  put(container, "command", wanted.command);
  put(container, "environment_variables", wanted.environment);
  put(container, "priority", wanted.priority);
  if (Json resources = resources_of(wanted); !resources.empty()) {
    container["resources"] = std::move(resources);
  }
  return container;
}

// A worker that is stuck for three minutes is replaced; one that is slow to start has two.
Json probe_of(const LivenessProbe& liveness) {
  if (liveness == LivenessProbe{}) return nullptr;
  Json probe = {{"initial_delay_seconds", 120},
                {"period_seconds", 60},
                {"timeout_seconds", 30},
                {"success_threshold", 1},
                {"failure_threshold", 3}};
  if (liveness.command.empty()) {
    // The description asks for one header at least.
    probe["http"] = {{"headers", Json::array({{{"name", "Accept"}, {"value", "*/*"}}})},
                     {"path", liveness.path},
                     {"port", liveness.port},
                     {"scheme", "http"}};
  } else {
    probe["exec"] = {{"command", liveness.command}};
  }
  return probe;
}

Json group_of(const Deployment& wanted) {
  Json group = Json::object();
  if (Json container = container_of(wanted); !container.empty()) {
    group["container"] = std::move(container);
  }
  put(group, "replicas", wanted.size);
  if (wanted.countries && !wanted.countries->empty()) group["country_codes"] = *wanted.countries;
  if (wanted.liveness) group["liveness_probe"] = probe_of(*wanted.liveness);
  return group;
}

}  // namespace

std::optional<std::string> problem_in(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  std::string text;
  for (const char* name : {"title", "detail"}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) continue;
    text += (text.empty() ? "" : ": ") + found->get<std::string>();
  }
  if (text.empty()) return std::nullopt;
  return text;
}

FleetReading fleet_in(std::string_view group) {
  return reading("container group", group, [](const Json& json) {
    FleetReading fleet;
    const auto status = json.at("current_state").at("status").get<std::string>();
    fleet.status = known(fleet_status_from_text(status), status);
    fleet.pending_change = json.at("pending_change").get<bool>();
    fleet.wanted = whole_number<std::uint32_t>(json.at("replicas"));
    return fleet;
  });
}

Deployment deployment_in(std::string_view group) {
  return reading("container group", group, [](const Json& json) {
    Deployment deployment;
    const Json& container = json.at("container");
    deployment.image = container.at("image").get<std::string>();
    deployment.command = texts_in(container, "command");
    resources_in(container, deployment);
    deployment.environment = environment_in(container);
    deployment.priority = text_in(json, "priority");
    deployment.size = whole_number<std::uint32_t>(json.at("replicas"));
    deployment.countries = sorted_texts_in(json, "country_codes");
    deployment.restart_policy = text_in(json, "restart_policy");
    deployment.liveness = liveness_in(json);
    return deployment;
  });
}

std::vector<FleetInstance> instances_in(std::string_view body) {
  return reading("list of instances", body, [](const Json& json) {
    std::vector<FleetInstance> instances;
    for (const Json& one : list_in(json.at("instances"))) instances.push_back(instance_in(one));
    return instances;
  });
}

std::uint64_t room_in(std::string_view quotas) {
  return reading("list of quotas", quotas, [](const Json& json) {
    const Json& groups = json.at("container_groups_quotas");
    const auto most = whole_number<std::uint64_t>(groups.at("container_replicas_quota"));
    const auto used = whole_number<std::uint64_t>(groups.at("container_replicas_used"));
    return most > used ? most - used : 0;
  });
}

std::vector<GpuClass> gpu_classes_in(std::string_view body) {
  return reading("list of GPU classes", body, [](const Json& json) {
    std::vector<GpuClass> classes;
    for (const Json& one : list_in(json.at("items"))) {
      classes.push_back({one.at("id").get<std::string>(), one.at("name").get<std::string>()});
    }
    return classes;
  });
}

std::string size_patch(std::uint32_t size) {
  return Json{{"replicas", size}}.dump();
}

std::string prototype(const std::string& name, const Deployment& wanted) {
  Json group = group_of(wanted);
  group["name"] = name;
  group["autostart_policy"] = true;
  group["replicas"] = wanted.size.value_or(0);
  group["restart_policy"] = wanted.restart_policy.value_or("always");
  return group.dump();
}

std::string group_patch(const Deployment& changed) {
  Json group = group_of(changed);
  // An empty list is refused; "any country" is said by taking the list away.
  if (changed.countries && changed.countries->empty()) group["country_codes"] = nullptr;
  return group.dump();
}

}  // namespace holdfast
