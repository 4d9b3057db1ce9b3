// The page of numbers, as Prometheus reads it.
#include "core/metrics_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(MetricsText, AFamilyIsExplainedOnceBeforeItsSamples) {
  MetricsText page;
  page.counter("jobs_total", "Jobs.", 3, {{"outcome", "completed"}});
  page.counter("jobs_total", "Jobs.", 0, {{"outcome", "dead"}});
  page.gauge("lag_seconds", "Lag.", 0.25);
  EXPECT_EQ(page.text(),
            "# HELP jobs_total Jobs.\n"
            "# TYPE jobs_total counter\n"
            "jobs_total{outcome=\"completed\"} 3\n"
            "jobs_total{outcome=\"dead\"} 0\n"
            "# HELP lag_seconds Lag.\n"
            "# TYPE lag_seconds gauge\n"
            "lag_seconds 0.25\n");
}

TEST(MetricsText, ALabelCannotBreakThePage) {
  MetricsText page;
  page.gauge("info", "Info.", 1, {{"worker", "a\"b\\c\nd"}, {"version", "1"}});
  EXPECT_NE(page.text().find("info{worker=\"a\\\"b\\\\c\\nd\",version=\"1\"} 1\n"),
            std::string::npos)
      << page.text();
}

TEST(MetricsText, LargeNumbersKeepTheirDigits) {
  MetricsText page;
  page.counter("bytes_total", "Bytes.", 123456789012.0);
  EXPECT_NE(page.text().find("bytes_total 123456789012\n"), std::string::npos) << page.text();
}

}  // namespace
}  // namespace holdfast
