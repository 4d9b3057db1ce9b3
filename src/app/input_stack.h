// All that fetches the inputs of jobs on this machine, built from a command's options.
#pragma once

#include <filesystem>

#include "adapters/http/web_download.h"
#include "app/command_line.h"
#include "app/config.h"
#include "app/wiring.h"
#include "inputs/input_cache.h"
#include "inputs/input_fetcher.h"

namespace holdfast {

// Whether the person who wrote the list is the one whose files they are.
enum class LocalFiles { allowed, as_told };

class InputStack {
 public:
  // `cache`: where inputs are kept unless the options say otherwise. Borrows store and clock.
  // Throws UsageError.
  InputStack(const TaskOptions& options, const StoreConfig& place, Store& store, Clock& clock,
             const std::filesystem::path& cache, LocalFiles local);
  InputStack(const InputStack&) = delete;
  InputStack& operator=(const InputStack&) = delete;

  const InputFetcher& fetcher() const noexcept { return fetcher_; }

 private:
  Buckets buckets_;
  WebDownload web_;
  InputCache cache_;
  InputFetcher fetcher_;
};

}  // namespace holdfast
