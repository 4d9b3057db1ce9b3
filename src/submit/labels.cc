#include "submit/labels.h"

#include <algorithm>

#include "core/job.h"
#include "core/text.h"
#include "core/written_values.h"
#include "submit/json_text.h"

namespace holdfast {

namespace {

class LabelsReader final : public JobReader {
 public:
  LabelsReader(std::unique_ptr<JobReader> reader, const Labels& labels)
      : reader_(std::move(reader)), labels_(labels) {}

  Reading next(ListedJob& job, ListFault& fault) override {
    const Reading reading = reader_->next(job, fault);
    if (reading != Reading::job) return reading;
    for (const auto& [key, value] : labels_) {
      if (reader_->has_field(key)) {
        fault = {job.line, "the job already has a field \"" + key + "\"; give --label another key"};
        return Reading::fault;
      }
      job.body = with_field(job.body, key, is_json_number(value) ? value : json_string(value));
    }
    if (job.body.size() <= kJobBytesMax) return Reading::job;
    fault = {job.line, "with its labels the job is longer than the " +
                           std::to_string(kJobBytesMax) + " bytes allowed"};
    return Reading::fault;
  }

  bool has_field(const std::string& name) const override {
    return is_label(name) || reader_->has_field(name);
  }

  std::vector<std::string> fields() const override {
    std::vector<std::string> all = reader_->fields();
    for (const auto& [key, value] : labels_) all.push_back(key);
    return all;
  }

 private:
  bool is_label(const std::string& name) const {
    return std::any_of(labels_.begin(), labels_.end(),
                       [&](const auto& label) { return label.first == name; });
  }

  const std::unique_ptr<JobReader> reader_;
  const Labels& labels_;
};

}  // namespace

std::string read_label(const std::string& typed, Labels& labels) {
  const std::size_t equals = typed.find('=');
  if (equals == std::string::npos || equals == 0) {
    return "is not KEY=VALUE, as in experiment=baseline";
  }
  const std::string key = typed.substr(0, equals);
  const auto bad =
      key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
  if (bad != std::string::npos) {
    return "has a key with a character other than letters, digits and _ - .";
  }
  if (!is_utf8(typed)) return "has a value that is not UTF-8";
  for (const auto& [other, value] : labels) {
    if (other == key) return "gives the label " + key + " a second time";
  }
  labels.emplace_back(key, typed.substr(equals + 1));
  return {};
}

std::unique_ptr<JobReader> with_labels(std::unique_ptr<JobReader> reader, const Labels& labels) {
  return std::make_unique<LabelsReader>(std::move(reader), labels);
}

}  // namespace holdfast
