#include "notify/notify_ledger.h"

#include <algorithm>

#include "base/digest.h"
#include "base/wall_time.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kPage = 1000;
constexpr std::size_t kWishBytesMax = 4096;
constexpr std::string_view kFirstLine = "holdfast wish 1\n";
constexpr std::string_view kCommand = "exec:";
// No target's id.
constexpr std::string_view kAllTargets = "all";
// The folder of wishes for all jobs; no group's name begins with a dot.
constexpr std::string_view kQueue = ".queue";

std::string folder_of(const std::string& group) {
  return group.empty() ? std::string(kQueue) : group;
}

// nullopt: of a newer version.
std::optional<Wish> wish_in(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  const std::size_t end = std::min(text.find('\n'), text.size());
  Wish wish;
  wish.since = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (text == kCommand) return wish;
  const auto target = parse_notify_target(text);
  if (const auto* good = std::get_if<NotifyTarget>(&target)) {
    if (good->kind == NotifyTarget::Kind::url) wish.target = *good;
  }
  return wish;
}

}  // namespace

bool NotifyLedger::wish(const std::string& group, const NotifyTarget& target, WallTime since) {
  const bool url = target.kind == NotifyTarget::Kind::url;
  const std::string text = std::string(kFirstLine) + to_text(since) + "\n" +
                           (url ? target.text : std::string(kCommand)) + "\n";
  const std::string key = layout_.wishes_prefix() + folder_of(group) + "/" + id_of(target);
  return store_.create(key, text, clock_.now() + kRequest) == CreateOutcome::created;
}

void NotifyLedger::take_back(const Wish& wish) {
  store_.remove(layout_.wishes_prefix() + folder_of(wish.group) + "/" + wish.id,
                clock_.now() + kRequest);
}

std::vector<Wish> NotifyLedger::read(const std::string& prefix, const std::string& group) {
  std::vector<Wish> wishes;
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store_.list(prefix, after, kPage, clock_.now() + kRequest);
    for (const ObjectEntry& object : page) {
      const auto bytes = store_.get(object.key, kWishBytesMax, clock_.now() + kRequest);
      auto wish = bytes ? wish_in(*bytes) : std::nullopt;
      if (!wish) continue;
      wish->group = group;
      wish->id = object.key.substr(object.key.rfind('/') + 1);
      wishes.push_back(std::move(*wish));
    }
    if (page.size() < kPage) return wishes;
    after = page.back().key;
  }
}

std::vector<Wish> NotifyLedger::wishes_of(const std::string& group) {
  return read(layout_.wishes_prefix() + folder_of(group) + "/", group);
}

std::vector<Wish> NotifyLedger::all_wishes() {
  std::vector<Wish> wishes;
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page =
        store_.list_folders(layout_.wishes_prefix(), after, kPage, clock_.now() + kRequest);
    for (const std::string& folder : page) {
      auto some = wishes_of(folder == kQueue ? "" : folder);
      std::move(some.begin(), some.end(), std::back_inserter(wishes));
    }
    if (page.size() < kPage) return wishes;
    after = page.back();
  }
}

std::string NotifyLedger::sent_name(const std::string& notice_id) {
  std::string name = notice_id;
  std::replace(name.begin(), name.end(), '/', '~');
  return name;
}

void NotifyLedger::note_sent(const std::string& target_id, const std::string& notice_id) {
  store_.put(sent_key(target_id, notice_id), "", sha256(""), clock_.now() + kRequest);
}

bool NotifyLedger::was_sent(const std::string& target_id, const std::string& notice_id) {
  return store_.get(sent_key(target_id, notice_id), 1, clock_.now() + kRequest).has_value();
}

std::set<std::string> NotifyLedger::all_sent(const std::string& target_id) {
  const std::string prefix = layout_.sent_prefix() + target_id + "/";
  std::set<std::string> names;
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store_.list(prefix, after, kPage, clock_.now() + kRequest);
    for (const ObjectEntry& object : page) names.insert(object.key.substr(prefix.size()));
    if (page.size() < kPage) return names;
    after = page.back().key;
  }
}

void NotifyLedger::silence(const std::string& job, const std::set<std::string>& target_ids) {
  const std::set<std::string> all{std::string(kAllTargets)};
  for (const std::string& id : target_ids.empty() ? all : target_ids) {
    store_.put(layout_.silence_of(job) + id, "", sha256(""), clock_.now() + kRequest);
  }
}

void NotifyLedger::leave_out_silenced(const std::string& job, std::set<std::string>& target_ids) {
  if (target_ids.empty()) return;
  const std::string folder = layout_.silence_of(job);
  for (const auto& object : store_.list(folder, "", kPage, clock_.now() + kRequest)) {
    const std::string id = object.key.substr(folder.size());
    if (id == kAllTargets) return target_ids.clear();
    target_ids.erase(id);
  }
}

void NotifyLedger::forget_jobs(const std::set<std::string>& jobs) {
  for (const std::string& job : jobs) {
    for (const auto& object :
         store_.list(layout_.silence_of(job), "", kPage, clock_.now() + kRequest)) {
      store_.remove(object.key, clock_.now() + kRequest);
    }
  }
  const auto targets =
      store_.list_folders(layout_.sent_prefix(), "", kPage, clock_.now() + kRequest);
  for (const std::string& target : targets) {
    for (const std::string& job : jobs) {
      const std::string prefix = layout_.sent_prefix() + target + "/" + job + "~";
      for (const auto& object : store_.list(prefix, "", kPage, clock_.now() + kRequest)) {
        // A job's id may hold what ends it here.
        if (object.key.find_first_not_of("0123456789", prefix.size()) != std::string::npos)
          continue;
        store_.remove(object.key, clock_.now() + kRequest);
      }
    }
  }
}

}  // namespace holdfast
