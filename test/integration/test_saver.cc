// A program on holdfast/task.h that does little but save: what it does is its first argument.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include "holdfast/task.h"

namespace {

constexpr int kFiles = 8;

std::uint64_t restore(const holdfast::Task& task) {
  if (!task.restored()) return 0;
  std::uint64_t counter = 0;
  std::ifstream(*task.restored() / "0") >> counter;
  return counter;
}

// Every file of a checkpoint holds the same number.
void save(std::uint64_t counter, const std::filesystem::path& directory) {
  for (int i = 0; i < kFiles; ++i) {
    std::ofstream(directory / std::to_string(i)) << counter << '\n';
  }
}

holdfast::Ending save_for_ever(holdfast::Task& task) {
  for (std::uint64_t counter = restore(task); !task.should_stop();) {
    ++counter;
    task.checkpoint([&](const auto& directory) { save(counter, directory); });
    std::printf(".");
    std::fflush(stdout);
  }
  return holdfast::Ending::stopped;
}

holdfast::Ending report_much(holdfast::Task& task) {
  constexpr int kReports = 100'000;
  for (int i = 1; i <= kReports; ++i) {
    task.report_progress(static_cast<double>(i) / kReports);
    task.report_step(static_cast<std::uint64_t>(i));
  }
  return holdfast::Ending::finished;
}

holdfast::Ending fail_while_saving(holdfast::Task& task) {
  task.checkpoint([](const auto& directory) { save(1, directory); });
  try {
    task.checkpoint([](const auto& directory) {
      std::ofstream(directory / "0") << "half";
      throw std::runtime_error("no more numbers");
    });
  } catch (const std::runtime_error& error) {
    return std::string(error.what()) == "no more numbers" ? holdfast::Ending::try_later
                                                          : holdfast::Ending::node_unfit;
  }
  return holdfast::Ending::refused;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  return holdfast::run_task([&](holdfast::Task& task) {
    if (role == "save") return save_for_ever(task);
    if (role == "report") return report_much(task);
    if (role == "fail-while-saving") return fail_while_saving(task);
    throw std::runtime_error("unknown role " + role);
  });
}
