#include "submit/listed_inputs.h"

#include <map>

#include "core/arguments.h"
#include "core/job.h"
#include "core/text.h"
#include "core/written_values.h"

namespace holdfast {

namespace {

class InputsReader final : public JobReader {
 public:
  InputsReader(std::unique_ptr<JobReader> reader, const InputWishes& wishes)
      : reader_(std::move(reader)), wishes_(wishes) {}

  Reading next(ListedJob& job, ListFault& fault) override {
    names_.clear();
    const Reading reading = reader_->next(job, fault);
    if (reading != Reading::job) return reading;
    const std::string what = give_inputs(job);
    if (what.empty()) return Reading::job;
    fault = {job.line, what};
    return Reading::fault;
  }

  bool has_field(const std::string& name) const override {
    if (!name.starts_with(kInputField)) return reader_->has_field(name);
    return names_.contains(name.substr(kInputField.size())) || reader_->has_field(name);
  }

  std::vector<std::string> fields() const override { return reader_->fields(); }

 private:
  // What is wrong; empty if the job has its inputs.
  std::string give_inputs(ListedJob& listed) {
    const auto parsed = parse_job(listed.body);
    if (const auto* bad = std::get_if<BadJob>(&parsed)) return bad->reason;
    const Job& job = std::get<Job>(parsed);
    const InputReferences own = inputs_of(job.fields);
    const bool other_use = own.empty() && job.fields.contains("inputs");
    if (other_use && !wishes_.templates.empty()) {
      return "the job already has a field \"inputs\" that contains no references; --input needs "
             "that name";
    }
    InputReferences inputs = own;
    if (wishes_.local_references) {
      for (auto& [name, reference] : inputs) {
        const auto source = std::get<InputSource>(parse_input(reference));
        if (source.kind != InputSource::Kind::file) continue;
        const std::string what = take_local(name, source.path, reference);
        if (!what.empty()) return what;
      }
    }
    for (const auto& [name, text] : wishes_.templates) {
      FilledArguments filled = fill_arguments({text}, job.fields, {});
      if (!filled.problem.empty()) {
        return "--input " + name + "=" + text + ": " + filled.problem;
      }
      const std::string what = take(name, filled.arguments.front(), inputs[name]);
      if (!what.empty()) return what;
    }
    if (inputs == own) return {};
    std::string object;
    for (const auto& [name, reference] : inputs) {
      names_[name] = reference;
      object += (object.empty() ? "{" : ",") + json_string(name) + ":" + json_string(reference);
    }
    listed.body = with_field(listed.body, "inputs", object + "}");
    const auto whole = parse_job(listed.body);
    const auto* bad = std::get_if<BadJob>(&whole);
    return bad == nullptr ? std::string() : bad->reason;
  }

  std::string take(const std::string& name, const std::string& text, std::string& reference) {
    if (!begins_as_input(text)) return take_local(name, text, reference);
    const auto parsed = parse_input(text);
    if (const auto* fault = std::get_if<std::string>(&parsed)) {
      return "the input \"" + name + "\": " + *fault;
    }
    const auto& source = std::get<InputSource>(parsed);
    const bool local = wishes_.local_references && source.kind == InputSource::Kind::file;
    if (local) return take_local(name, source.path, reference);
    reference = text;
    return {};
  }

  std::string take_local(const std::string& name, const std::string& path, std::string& reference) {
    if (path.empty()) return "the input \"" + name + "\" names no file: its template is empty";
    auto taken = wishes_.local(path);
    if (const auto* fault = std::get_if<InputWishes::Fault>(&taken)) {
      return "the input \"" + name + "\": " + fault->what;
    }
    reference = std::get<std::string>(std::move(taken));
    return {};
  }

  const std::unique_ptr<JobReader> reader_;
  const InputWishes& wishes_;
  InputReferences names_;  // What the job that was read last was given.
};

}  // namespace

std::unique_ptr<JobReader> with_inputs(std::unique_ptr<JobReader> reader,
                                       const InputWishes& wishes) {
  return std::make_unique<InputsReader>(std::move(reader), wishes);
}

}  // namespace holdfast
