// Numbers as a page in Prometheus' text format. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

class MetricsText {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // What only grows while the process lives. Its name ends in _total. `help` is one line. Samples
  // of one name follow each other; the help of the first counts.
  void counter(std::string_view name, std::string_view help, double value,
               const Labels& labels = {});
  // What goes up and down.
  void gauge(std::string_view name, std::string_view help, double value, const Labels& labels = {});

  const std::string& text() const noexcept { return text_; }

  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  void add(std::string_view type, std::string_view name, std::string_view help, double value,
           const Labels& labels);

  std::string text_;
  std::string last_name_;
};

}  // namespace holdfast
