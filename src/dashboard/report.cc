#include "dashboard/report.h"

#include <set>

#include "base/digest.h"
#include "core/text.h"
#include "dashboard/assets.h"

namespace holdfast {

namespace {

// Jobs in the list, and those of them with all that is known of them.
constexpr std::size_t kJobsListed = 5000;
constexpr std::size_t kJobsOfAKind = 40;

// The jobs that a person will ask about: dead, running, and those that took the most.
std::set<std::string> jobs_to_show(const JobTable& table) {
  std::set<std::string> names;
  const auto add = [&](const JobPage& page) {
    for (const IndexEntry& job : table.select(page).jobs) names.insert(job.job);
  };
  JobPage page;
  page.count = kJobsOfAKind;
  page.filter.states = {JobState::dead};
  add(page);
  page.filter.states = {JobState::running};
  add(page);
  page.filter.states = {};
  page.column = JobColumn::cost;
  add(page);
  return names;
}

// A hash that allows one inline text, and no other, to be obeyed.
std::string allowed(std::string_view text) {
  const Sha256Digest digest = sha256(text);
  const std::string_view bytes(reinterpret_cast<const char*>(digest.bytes.data()),
                               digest.bytes.size());
  return "'sha256-" + to_base64(bytes) + "'";
}

std::string in_place_of(std::string text, char mark, std::string_view other) {
  std::string result;
  for (const char c : text) {
    if (c == mark) {
      result += other;
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string report_json(FleetView& view, const DashboardFacts& facts) {
  JobPage all;
  all.count = kJobsListed;
  std::string json = "{\"now\":" + std::to_string(view.now()) +
                     ",\"pages\":{\"overview\":" + overview_json(view, facts) +
                     ",\"jobs\":" + jobs_json(view, facts, all) +
                     ",\"machines\":" + machines_json(view) +
                     ",\"money\":" + money_json(view, facts) + ",\"dead\":" + dead_json(view) +
                     "},\"jobs_shown\":{";
  bool first = true;
  if (const auto index = view.index().first) {
    for (const std::string& name : jobs_to_show(index->table)) {
      const auto id = JobId::parse(name);
      if (!id) continue;
      json += (first ? "" : ",") + json_string(name) + ":" + job_json(view, facts, *id);
      first = false;
    }
  }
  return json + "}}";
}

std::string report_html(const std::string& json, const std::string& title) {
  const std::string_view style = asset("style.css")->bytes;
  const std::string_view script = asset("app.js")->bytes;
  std::string text = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  text += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ";
  text += allowed(style) + "; script-src " + allowed(script) + "\">\n";
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  text += "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  text += in_place_of(in_place_of(title, '&', "&amp;"), '<', "&lt;");
  text += "</title>\n<style>";
  text += style;
  text += "</style>\n</head>\n<body>\n<div id=\"app\"></div>\n";
  // In JSON, '<' stands inside of texts only; written out, no text ends the block.
  text += "<script type=\"application/json\" id=\"report\">";
  text += in_place_of(json, '<', "\\u003c");
  text += "</script>\n<script>";
  text += script;
  text += "</script>\n</body>\n</html>\n";
  return text;
}

}  // namespace holdfast
