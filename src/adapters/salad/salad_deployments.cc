#include "adapters/salad/salad_deployments.h"

#include <algorithm>
#include <cctype>

#include "holdfast/error.h"

namespace holdfast {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::optional<Deployment> SaladDeployments::current(TimePoint deadline) {
  const auto body = api_.find(api_.group(), deadline);
  if (!body) return std::nullopt;
  return deployment_in(*body);
}

void SaladDeployments::create(const Deployment& wanted, TimePoint deadline) {
  const std::string body = prototype(api_.place().group, wanted);
  try {
    static_cast<void>(api_.post(api_.groups(), body, deadline));
  } catch (const Error& error) {
    // The answer to a first try may have been lost; the second is refused, for the name is taken.
    if (error.kind() != ErrorKind::rejected) throw;
    const auto made = current(deadline);
    if (!made || !differences(*made, wanted).empty()) throw;
  }
}

void SaladDeployments::update(const Deployment& changed, TimePoint deadline) {
  static_cast<void>(api_.patch(api_.group(), group_patch(changed), deadline));
}

std::vector<std::string> SaladDeployments::gpu_class_ids(const std::vector<std::string>& names,
                                                         TimePoint deadline) {
  const auto classes = gpu_classes_in(api_.get(api_.organization() + "/gpu-classes", deadline));
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    const auto found = std::ranges::find_if(classes, [&](const GpuClass& one) {
      return one.id == lower(name) || lower(one.name) == lower(name);
    });
    if (found == classes.end()) {
      std::string sentence = "there is no GPU class '" + name + "'; there are:";
      for (const GpuClass& one : classes) sentence += "\n  " + one.name;
      throw Error(ErrorKind::rejected, sentence);
    }
    ids.push_back(found->id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace holdfast
