// Where a worker keeps the files of running jobs when it was not told otherwise.
#pragma once

#include <filesystem>

namespace holdfast {

// Made if it is absent. Throws UsageError if there is none that is ours alone.
std::filesystem::path default_work_base();

}  // namespace holdfast
