// The pages' own files, as they lie in src/dashboard/pages, linked into the program.
#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

struct Asset {
  std::string_view content_type;
  std::string_view bytes;
};

// As in asset("app.js"); nullopt if there is none of this name.
std::optional<Asset> asset(std::string_view name);

}  // namespace holdfast
