#include "index/job_groups.h"

#include <algorithm>

#include "base/compression.h"
#include "base/digest.h"
#include "core/job.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr std::size_t kJobsPerPart = 100'000;
// With ids of the greatest length.
constexpr std::uint64_t kPartBytesMax = 32 * 1024 * 1024;
constexpr std::size_t kPage = 1000;
constexpr std::string_view kFirstLine = "holdfast group 1\n";

void take_ids(std::string_view bytes, const std::string& key, std::set<std::string>& ids) {
  const auto digest = Sha256Digest::from_hex(key.substr(key.rfind('/') + 1));
  if (!digest) return;  // Of a newer version.
  if (sha256(bytes) != *digest)
    throw Error(ErrorKind::corrupt, "the group's part " + key + " is damaged");
  const std::string text =
      is_frame(bytes) ? decompressed_frame(bytes, kPartBytesMax) : std::string(bytes);
  std::string_view rest = text;
  if (!rest.starts_with(kFirstLine)) {
    throw Error(ErrorKind::rejected,
                "a newer version of holdfast wrote " + key + "; use that version");
  }
  rest.remove_prefix(kFirstLine.size());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view id = rest.substr(0, end);
    if (!JobId::parse(id)) throw Error(ErrorKind::corrupt, key + " names a job that is none");
    ids.emplace(id);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

void JobGroups::add(const std::string& group, const std::vector<std::string>& jobs) {
  std::vector<std::string> ids = jobs;
  std::ranges::sort(ids);
  for (std::size_t begin = 0; begin < ids.size(); begin += kJobsPerPart) {
    std::string text(kFirstLine);
    for (std::size_t i = begin; i < std::min(begin + kJobsPerPart, ids.size()); ++i) {
      text += ids[i] + "\n";
    }
    const std::string bytes = compressed(text).value_or(text);
    const Sha256Digest digest = sha256(bytes);
    store_.put(layout_.group(group) + digest.hex(), bytes, digest, clock_.now() + kRequest);
  }
}

void JobGroups::each_part(
    const std::string& group,
    const std::function<void(const std::string& key, std::set<std::string> ids)>& visit) {
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store_.list(layout_.group(group), after, kPage, clock_.now() + kRequest);
    for (const ObjectEntry& part : page) {
      const auto bytes = store_.get(part.key, kPartBytesMax, clock_.now() + kRequest);
      std::set<std::string> ids;
      if (bytes) take_ids(*bytes, part.key, ids);
      visit(part.key, std::move(ids));
    }
    if (page.size() < kPage) return;
    after = page.back().key;
  }
}

std::set<std::string> JobGroups::jobs_of(const std::string& group) {
  std::set<std::string> all;
  each_part(group, [&](const std::string&, std::set<std::string> ids) { all.merge(ids); });
  return all;
}

void JobGroups::forget(const std::string& group, const std::set<std::string>& jobs) {
  each_part(group, [&](const std::string& key, const std::set<std::string>& ids) {
    const bool others =
        std::ranges::any_of(ids, [&](const auto& id) { return !jobs.contains(id); });
    if (!ids.empty() && !others) store_.remove(key, clock_.now() + kRequest);
  });
}

std::vector<std::string> JobGroups::names() {
  std::vector<std::string> names;
  std::string after;
  for (;;) {  // Ends with the listing.
    auto page = store_.list_folders(layout_.groups_prefix(), after, kPage, clock_.now() + kRequest);
    names.insert(names.end(), page.begin(), page.end());
    if (page.size() < kPage) return names;
    after = page.back();
  }
}

}  // namespace holdfast
