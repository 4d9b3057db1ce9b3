#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/unfit_notice.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kWorkerBytes = 200;
constexpr std::size_t kReasonBytes = 1000;

}  // namespace

std::string to_json(const UnfitNotice& notice) {
  const Json json = {{"format", kFormat},
                     {"worker", fitted(notice.worker, kWorkerBytes)},
                     {"reason", fitted(notice.reason, kReasonBytes)},
                     {"when", notice.when}};
  return json.dump();
}

UnfitNotice unfit_notice_from_json(std::string_view bytes) {
  try {
    const Json json = Json::parse(bytes);
    if (json.at("format") != kFormat) {
      throw Error(ErrorKind::corrupt, "a worker's notice has a format that is not known here");
    }
    return {json.at("worker").get<std::string>(), json.at("reason").get<std::string>(),
            json.at("when").get<std::string>()};
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::corrupt,
                std::string("a worker's notice cannot be read: ") + error.what());
  }
}

}  // namespace holdfast
