#include "app/finding_output.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

struct Mark {
  Verdict verdict;
  const char* word;
  const char* colour;
};

constexpr std::array<Mark, 4> kMarks = {{{Verdict::ok, "ok", "\x1b[32m"},
                                         {Verdict::note, "note", "\x1b[36m"},
                                         {Verdict::warn, "warn", "\x1b[33m"},
                                         {Verdict::bad, "bad", "\x1b[31m"}}};
constexpr const char* kPlain = "\x1b[0m";
constexpr std::size_t kMarkWidth = 4;

const Mark& mark_of(Verdict verdict) {
  return *std::ranges::find(kMarks, verdict, &Mark::verdict);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::size_t count_of(const std::vector<Examined>& all, Verdict verdict) {
  std::size_t count = 0;
  for (const Examined& one : all) {
    count += static_cast<std::size_t>(std::ranges::count(one.findings, verdict, &Finding::verdict));
  }
  return count;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string verdict_line(const std::vector<Examined>& all) {
  const std::size_t bad = count_of(all, Verdict::bad);
  const std::size_t warnings = count_of(all, Verdict::warn);
  const std::string beside = warnings == 0 ? "" : ", " + counted(warnings, "warning", "warnings");
  if (bad > 0) return counted(bad, "thing is", "things are") + " bad" + beside + "\n";
  return "nothing is bad" + beside + "\n";
}

}  // namespace

bool healthy(const std::vector<Examined>& all) {
  return count_of(all, Verdict::bad) == 0;
}

std::string for_people(const std::vector<Examined>& all, bool colours) {
  std::size_t width = 0;
  for (const Examined& one : all) {
    for (const Finding& finding : one.findings) width = std::max(width, finding.check.size());
  }
  std::string text;
  for (const Examined& one : all) {
    text += one.what + " " + visible_line(one.shown) + "\n";
    for (const Finding& finding : one.findings) {
      const Mark& mark = mark_of(finding.verdict);
      const std::string word = padded(mark.word, kMarkWidth);
      text += "  " + (colours ? mark.colour + word + kPlain : word) + "  " +
              padded(finding.check, width) + "  " + visible_line(finding.text) + "\n";
      if (finding.cure.empty() || finding.verdict == Verdict::ok) continue;
      text += std::string(2 + kMarkWidth + 2, ' ') + padded("", width) + "  -> " +
              visible_line(finding.cure) + "\n";
    }
    text += "\n";
  }
  return text + verdict_line(all);
}

std::string to_json(const std::vector<Examined>& all) {
  Json json;
  json["healthy"] = healthy(all);
  json["bad"] = count_of(all, Verdict::bad);
  json["warnings"] = count_of(all, Verdict::warn);
  json["findings"] = Json::array();
  for (const Examined& one : all) {
    for (const Finding& finding : one.findings) {
      json["findings"].push_back({{"about", one.what},
                                  {"check", finding.check},
                                  {"verdict", mark_of(finding.verdict).word},
                                  {"text", finding.text},
                                  {"cure", finding.cure}});
    }
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
