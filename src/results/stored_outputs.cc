#include "results/stored_outputs.h"

#include "base/digest.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);

std::string read(Store& store, const Clock& clock, const std::string& key,
                 const std::string& digest) {
  auto bytes = store.get(key, kOutputListBytesMax, clock.now() + kRequest);
  if (bytes && sha256(*bytes).hex() == digest) return std::move(*bytes);
  throw Error(ErrorKind::corrupt,
              "the list of the job's outputs, " + key + ", is " + (bytes ? "damaged" : "gone"));
}

}  // namespace

StoredOutputs::StoredOutputs(Store& store, const Clock& clock, const StoreLayout& layout,
                             AttemptNumber attempt, const std::string& digest)
    : store_(store),
      clock_(clock),
      layout_(layout),
      list_(output_list_from_json(
          read(store, clock, layout.attempt_outputs_manifest(attempt), digest))),
      stored_by_(list_.stored_by.value > 0 ? list_.stored_by : attempt) {}

std::string StoredOutputs::key_of(const Output& output) const {
  return layout_.attempt_output(stored_by_, output.path);
}

void StoredOutputs::for_each_page(
    const std::function<bool(const std::vector<Output>&)>& visit) const {
  if (list_.pages.empty()) {
    static_cast<void>(visit(list_.outputs));
    return;
  }
  for (const OutputPage& page : list_.pages) {
    const std::string key = layout_.attempt_outputs_page(stored_by_, page.digest);
    if (!visit(outputs_from_json(read(store_, clock_, key, page.digest)))) return;
  }
}

}  // namespace holdfast
