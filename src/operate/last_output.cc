#include "operate/last_output.h"

#include "core/store_layout.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::uint64_t kAttemptsBackMax = 5;
// Workers keep less.
constexpr std::uint64_t kOutputBytesMax = 1024 * 1024;

}  // namespace

std::optional<LastOutput> last_output(Store& store, const Clock& clock, const JobId& id,
                                      const Record& newest) {
  const StoreLayout layout(id);
  for (std::uint64_t back = 0; back < kAttemptsBackMax && back < newest.attempt.value; ++back) {
    const AttemptNumber attempt{newest.attempt.value - back};
    for (const std::string& key :
         {layout.attempt_log(attempt), layout.attempt_log_so_far(attempt)}) {
      auto text = store.get(key, kOutputBytesMax, clock.now() + kRequest);
      if (text) return LastOutput{attempt, std::move(*text)};
    }
  }
  return std::nullopt;
}

}  // namespace holdfast
