// Adds up 1 + 2 + ... + steps, slowly: the job of the guide, made to survive interruption.
//
//   slow_sum [--steps N] [--step-seconds S | --step-ms MS]
//
// Without --steps it reads the job's own field: {"job_id": "job-0", "steps": 600}. A step takes 30
// seconds unless told otherwise, also by SLOW_SUM_STEP_MS. The sum ends up in result.txt.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "holdfast/task.h"

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kStepsMax = 1'000'000'000;
constexpr std::uint64_t kStepMsMax = 24 * 60 * 60 * 1000;
constexpr std::uint64_t kStepMsDefault = 30'000;

struct Options {
  std::optional<std::uint64_t> steps;
  std::chrono::milliseconds step_length{kStepMsDefault};
};

struct Sum {
  std::uint64_t step = 0;
  std::uint64_t sum = 0;
};

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) {
    return std::nullopt;
  }
  return value;
}

// The whole number behind "name": in a flat JSON object; it may stand in quotes. Enough for this
// example; a program with richer jobs brings a JSON library.
std::optional<std::uint64_t> number_field(std::string_view json, const std::string& name,
                                          std::uint64_t most) {
  const std::string key = "\"" + name + "\"";
  for (std::size_t at = json.find(key); at != std::string_view::npos; at = json.find(key, at + 1)) {
    std::string_view rest = json.substr(at + key.size());
    const auto skip_space = [&rest] {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    };
    skip_space();
    if (rest.empty() || rest.front() != ':') continue;  // It was a value, not a name.
    rest.remove_prefix(1);
    skip_space();
    std::string_view value = rest.substr(0, std::min(rest.find_first_of(",} \t\r\n"), rest.size()));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return number(value, most);
  }
  return std::nullopt;
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

Sum restore(const holdfast::Task& task) {
  if (!task.restored()) return {};
  const fs::path file = *task.restored() / "checkpoint.json";
  if (!fs::exists(file)) return {};  // Something else was left in the directory.
  const std::string text = read_text(file);
  const auto step = number_field(text, "step", kStepsMax);
  const auto sum = number_field(text, "sum", UINT64_MAX);
  if (!step || !sum) throw std::runtime_error(file.string() + " is no checkpoint of a sum");
  return {*step, *sum};
}

void save(const Sum& sum, const fs::path& directory) {
  write_text(directory / "checkpoint.json", "{\"step\": " + std::to_string(sum.step) +
                                                ", \"sum\": " + std::to_string(sum.sum) + "}");
}

std::optional<std::uint64_t> steps_wanted(const Options& options, const holdfast::Task& task) {
  if (options.steps) return options.steps;
  if (task.job_file().empty()) return std::nullopt;
  return number_field(read_text(task.job_file()), "steps", kStepsMax);
}

holdfast::Ending add_up(const Options& options, holdfast::Task& task) {
  const std::optional<std::uint64_t> steps = steps_wanted(options, task);
  if (!steps) {
    std::fprintf(stderr, "slow_sum: the job has no field \"steps\" with a whole number\n");
    return holdfast::Ending::refused;
  }
  Sum sum = restore(task);
  std::printf("Starting step: %ju of %ju\n", std::uintmax_t{sum.step}, std::uintmax_t{*steps});
  while (sum.step < *steps) {
    // Every finished step is saved already, and half a step is worth nothing.
    if (task.wait_for_stop(options.step_length)) return holdfast::Ending::stopped;
    sum.step += 1;
    sum.sum += sum.step;
    task.checkpoint([&](const fs::path& directory) { save(sum, directory); });
    task.report_step(sum.step);
    task.report_progress(static_cast<double>(sum.step) / static_cast<double>(*steps));
    std::printf("Step %ju, sum %ju\n", std::uintmax_t{sum.step}, std::uintmax_t{sum.sum});
  }
  write_text(task.output_directory() / "result.txt", std::to_string(sum.sum));
  return holdfast::Ending::finished;
}

// nullopt if the arguments make no sense.
std::optional<Options> parse_arguments(int count, char** arguments) {
  Options options;
  if (const char* text = std::getenv("SLOW_SUM_STEP_MS")) {
    const auto ms = number(text, kStepMsMax);
    if (!ms) return std::nullopt;
    options.step_length = std::chrono::milliseconds(*ms);
  }
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    const auto value = i + 1 < count ? number(arguments[i + 1], kStepsMax) : std::nullopt;
    if (!value) return std::nullopt;
    if (name == "--steps") {
      options.steps = *value;
    } else if (name == "--step-seconds" && *value <= kStepMsMax / 1000) {
      options.step_length = std::chrono::seconds(*value);
    } else if (name == "--step-ms" && *value <= kStepMsMax) {
      options.step_length = std::chrono::milliseconds(*value);
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const std::optional<Options> options = parse_arguments(count, arguments);
  if (!options) {
    std::fprintf(stderr, "usage: slow_sum [--steps N] [--step-seconds S | --step-ms MS]\n");
    // What a field of the job put into the command makes no sense either: no retry will help.
    return 65;
  }
  return holdfast::run_task([&](holdfast::Task& task) { return add_up(*options, task); });
}
