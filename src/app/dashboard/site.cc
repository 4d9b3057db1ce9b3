#include "app/dashboard/site.h"

#include <charconv>
#include <memory>

#include "app/dashboard/action_json.h"
#include "base/digest.h"
#include "core/store_layout.h"
#include "core/text.h"
#include "dashboard/assets.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "results/stored_outputs.h"
#include "tasklog/log_window.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::uint64_t kPartBytes = 4 * 1024 * 1024;
constexpr std::uint64_t kPageOfJobsMax = 500;
constexpr const char* kJsonType = "application/json; charset=utf-8";

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      plain += static_cast<char>(value);
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

std::optional<std::uint64_t> number_in(const Query& query, const std::string& name) {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  const std::string& text = found->second;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string text_in(const Query& query, const std::string& name) {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

// state=dead,running  sort=-changed (a minus: descending)  reason, worker, match, first, count
JobPage page_of(const Query& query) {
  JobPage page;
  std::string states = text_in(query, "state");
  while (!states.empty()) {
    const std::size_t comma = states.find(',');
    if (const auto state = job_state_from_text(states.substr(0, comma))) {
      page.filter.states.insert(*state);
    }
    states = comma == std::string::npos ? "" : states.substr(comma + 1);
  }
  page.filter.reason = text_in(query, "reason");
  page.filter.worker = text_in(query, "worker");
  page.filter.text = text_in(query, "match");
  std::string sort = text_in(query, "sort");
  page.descending = sort.empty() || sort.starts_with('-');
  if (sort.starts_with('-')) sort.erase(0, 1);
  page.column = job_column_from(sort).value_or(JobColumn::changed);
  page.first = std::min(number_in(query, "first").value_or(0), std::uint64_t{1} << 40);
  page.count = std::min(number_in(query, "count").value_or(page.count), kPageOfJobsMax);
  return page;
}

// Names no result: none begins with '/'.
std::string output_key(const std::string& job, std::uint64_t attempt) {
  return job + "//" + std::to_string(attempt);
}

Page refused(const DashboardGate::Verdict& verdict) {
  return {verdict.status, kJsonType, error_json(verdict.text)};
}

Page not_found(const std::string& text) {
  return {404, kJsonType, error_json(text)};
}

// Unchanged pages cost their reader nothing.
Page tagged(std::string json, const PageRequest& request) {
  // The time of the answer alone is no change.
  std::string content = json;
  const std::size_t now = content.find("\"now\":");
  if (now != std::string::npos) content.erase(now, content.find_first_of(",}", now) - now);
  const std::string tag = "\"" + sha256(content).hex().substr(0, 24) + "\"";
  if (request.header("if-none-match") == tag) return {304, kJsonType, "", {{"ETag", tag}}};
  return {200, kJsonType, std::move(json), {{"ETag", tag}}};
}

}  // namespace

Query query_of(const std::string& target) {
  Query query;
  const std::size_t mark = target.find('?');
  std::string_view rest =
      mark == std::string::npos ? "" : std::string_view(target).substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t equals = std::min(part.find('='), part.size());
    query[decoded(part.substr(0, equals))] =
        decoded(part.substr(std::min(part.size(), equals + 1)));
  }
  return query;
}

Page DashboardSite::answer(const PageRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const Query query = query_of(request.target);
  Page page;
  try {
    if (path.starts_with("/api/do/")) {
      const auto verdict = gate_.may_act(request);
      page = verdict.good() ? act(path, request) : refused(verdict);
    } else if (path.starts_with("/api/")) {
      const auto verdict = gate_.may_read(request);
      page = verdict.good() ? data(path, query, request) : refused(verdict);
    } else {
      const auto verdict = gate_.may_ask(request);
      page = !verdict.good()     ? refused(verdict)
             : path == "/result" ? result(query)
             : path == "/output" ? output(query)
                                 : file(path);
    }
  } catch (const Error& error) {
    page = {502, kJsonType, error_json(error.what())};
  }
  for (auto& field : security_headers()) page.headers.push_back(std::move(field));
  return page;
}

Page DashboardSite::file(const std::string& path) const {
  const auto found = asset(path == "/" ? "index.html" : path.substr(1));
  if (!found) return {404, "text/plain; charset=utf-8", "there is no such page\n"};
  return {200, std::string(found->content_type), std::string(found->bytes)};
}

Page DashboardSite::data(const std::string& path, const Query& query, const PageRequest& request) {
  if (request.method != "GET") return refused({405, "data is read with GET"});
  if (path == "/api/overview") return tagged(overview_json(view_, facts_), request);
  if (path == "/api/jobs") return tagged(jobs_json(view_, facts_, page_of(query)), request);
  if (path == "/api/machines") return tagged(machines_json(view_), request);
  if (path == "/api/money") return tagged(money_json(view_, facts_), request);
  if (path == "/api/dead") return tagged(dead_json(view_), request);
  if (path == "/api/link") return link(query);
  if (path == "/api/job") {
    const auto id = JobId::parse(text_in(query, "id"));
    if (!id) return not_found(JobId::what_is_wrong(text_in(query, "id")));
    return tagged(
        job_json(view_, facts_, *id, {number_in(query, "attempt"), number_in(query, "at")}),
        request);
  }
  return not_found("nothing was found at " + path);
}

// A browser that downloads sends no token of ours: the link carries a key to this result only, or
// to the output of one attempt.
Page DashboardSite::link(const Query& query) const {
  const std::string job = text_in(query, "job");
  const auto attempt = number_in(query, "attempt");
  const std::string name = text_in(query, "name");
  const std::string url =
      attempt ? "/output?job=" + percent_encode(job) + "&attempt=" + std::to_string(*attempt) +
                    "&key=" + gate_.key_to(output_key(job, *attempt))
              : "/result?job=" + percent_encode(job) + "&name=" + percent_encode(name) +
                    "&key=" + gate_.key_to(job + "/" + name);
  return {200, kJsonType, "{\"url\":" + json_string(url) + "}"};
}

Page DashboardSite::output(const Query& query) {
  const std::string job = text_in(query, "job");
  const auto id = JobId::parse(job);
  const std::uint64_t attempt = number_in(query, "attempt").value_or(0);
  if (!gate_.opens(text_in(query, "key"), output_key(job, attempt)) || !id) {
    return refused({401, "this link is not valid for this dashboard; use the job's page"});
  }
  const auto log = std::make_shared<WholeLog>(LogReader(view_.store(), view_.clock(), *id),
                                              AttemptNumber{attempt});
  Page page{200, "text/plain; charset=utf-8", ""};
  page.headers.push_back(
      {"Content-Disposition", "attachment; filename*=UTF-8''" +
                                  percent_encode(job + "-" + std::to_string(attempt) + ".log")});
  page.size_bytes = log->size_bytes();
  if (page.size_bytes > 0) page.more = [log] { return log->next(); };
  return page;
}

Page DashboardSite::result(const Query& query) {
  const std::string job = text_in(query, "job");
  const std::string name = text_in(query, "name");
  if (!gate_.opens(text_in(query, "key"), job + "/" + name)) {
    return refused({401, "this link is not valid for this dashboard; use the job's page"});
  }
  const auto id = JobId::parse(job);
  if (!id) return not_found(JobId::what_is_wrong(job));
  Store& store = view_.store();
  const Clock& clock = view_.clock();
  const auto newest = JobLog(store, clock, *id).read(clock.now() + kRequest);
  const auto result = newest ? result_of(*newest) : std::nullopt;
  if (!result) return not_found("the job " + job + " has no result");
  const StoreLayout layout(*id);
  const StoredOutputs outputs(store, clock, layout, result->attempt, result->digest);
  std::optional<Output> wanted;
  outputs.for_each_page([&](const std::vector<Output>& page) {
    for (const Output& output : page) {
      if (output.path == name && output.kind == OutputKind::file) wanted = output;
    }
    return !wanted;
  });
  if (!wanted) return not_found("the job " + job + " has no result called " + name);
  const std::string key = layout.output(name);
  const std::uint64_t size = wanted->size_bytes;
  Page page{200, "application/octet-stream", ""};
  const std::string file_name = name.substr(name.rfind('/') + 1);
  page.headers.push_back(
      {"Content-Disposition", "attachment; filename*=UTF-8''" + percent_encode(file_name)});
  if (size == 0) return page;
  page.size_bytes = size;
  std::uint64_t sent = 0;
  page.more = [&store, &clock, key, size, sent]() mutable -> std::string {
    const std::uint64_t part = std::min(kPartBytes, size - sent);
    if (part == 0) return {};
    auto bytes = store.get_range(key, sent, part, clock.now() + kRequest);
    if (!bytes) throw Error(ErrorKind::corrupt, "the result " + key + " is gone");
    sent += part;
    return std::move(*bytes);
  };
  return page;
}

Page DashboardSite::act(const std::string& path, const PageRequest& request) {
  const auto names = names_in_request(request.body);
  if (!names || names->empty() || names->size() > DashboardActions::kJobsMax) {
    return {
        400, kJsonType,
        error_json("a request names between 1 and " + std::to_string(DashboardActions::kJobsMax) +
                   " jobs, as in {\"jobs\": "
                   "[\"job-1\"]}")};
  }
  const std::set<std::string> set(names->begin(), names->end());
  std::vector<DashboardActions::Outcome> outcomes;
  if (path == "/api/do/cancel") {
    outcomes = actions_.cancel(*names);
  } else if (path == "/api/do/requeue") {
    outcomes = actions_.requeue(set);
  } else if (path == "/api/do/drop") {
    outcomes = actions_.drop(set);
  } else {
    return not_found("there is no such action");
  }
  view_.hurry();
  return {200, kJsonType, to_json(outcomes)};
}

}  // namespace holdfast
