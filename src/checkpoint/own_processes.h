// This process and all below it.
#pragma once

#include <filesystem>
#include <functional>

namespace holdfast {

// Calls `with` with the folder of each in a `proc`. Those that come or go meanwhile may be missed.
void for_each_own_process(const std::filesystem::path& proc,
                          const std::function<void(const std::filesystem::path&)>& with);

}  // namespace holdfast
