#include "app/input_stack.h"

#include <algorithm>
#include <system_error>

#include "app/usage_error.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kCacheBytes = 50'000'000'000;

std::filesystem::path cache_folder(const TaskOptions& options, const std::filesystem::path& usual) {
  if (options.input_cache_folder.empty()) return usual;
  return std::filesystem::absolute(options.input_cache_folder).lexically_normal();
}

// Unless somebody says how much, half of a small disk stays for the jobs.
std::uint64_t cache_bytes(const TaskOptions& options, const std::filesystem::path& folder) {
  if (options.input_cache_bytes) return *options.input_cache_bytes;
  std::error_code unknown;
  std::filesystem::path there = folder;
  while (!std::filesystem::exists(there, unknown) && there.has_relative_path()) {
    there = there.parent_path();
  }
  const auto space = std::filesystem::space(there, unknown);
  return unknown ? kCacheBytes : std::min<std::uint64_t>(kCacheBytes, space.capacity / 2);
}

InputRules rules_of(const TaskOptions& options, const StoreConfig& place, LocalFiles local) {
  InputRules rules;
  if (const auto* bucket = std::get_if<BucketConfig>(&place)) {
    rules.allow_own("s3://" + bucket->bucket + "/");
  } else {
    rules.allow_own("file:" + std::get<FolderStoreConfig>(place).root.string() + "/");
  }
  if (local == LocalFiles::allowed) rules.allow_own("file:/");
  for (const std::string& rule : options.allowed_inputs) {
    const std::string wrong = rules.add(rule);
    if (!wrong.empty()) throw UsageError("--allow-inputs: \"" + rule + "\" " + wrong);
  }
  return rules;
}

std::filesystem::path ca_file_of(const StoreConfig& place) {
  const auto* bucket = std::get_if<BucketConfig>(&place);
  return bucket == nullptr ? std::filesystem::path() : bucket->ca_file;
}

}  // namespace

InputStack::InputStack(const TaskOptions& options, const StoreConfig& place, Store& store,
                       Clock& clock, const std::filesystem::path& cache, LocalFiles local)
    : buckets_(place, clock),
      web_(ca_file_of(place), clock),
      cache_(cache_folder(options, cache), cache_bytes(options, cache_folder(options, cache))),
      fetcher_({store, [this](const std::string& name) { return buckets_.bucket(name); }, web_},
               rules_of(options, place, local), cache_, clock) {}

}  // namespace holdfast
