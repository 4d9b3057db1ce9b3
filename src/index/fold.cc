#include "index/fold.h"

#include <algorithm>

#include "base/compression.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::string_view kHead = "holdfast job index ";
constexpr std::string_view kFirstLine = "holdfast job index 1\n";

}  // namespace

Fold fold_of(std::vector<IndexEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const IndexEntry& a, const IndexEntry& b) { return a.job < b.job; });
  std::string text(kFirstLine);
  for (const IndexEntry& entry : entries) text += to_text(entry) + "\n";
  Fold fold;
  fold.bytes = compressed(text).value_or(text);
  fold.digest = sha256(fold.bytes);
  return fold;
}

std::vector<IndexEntry> entries_of(std::string_view bytes, const Sha256Digest& digest) {
  if (sha256(bytes) != digest) {
    throw Error(ErrorKind::corrupt, "a part of the job index is damaged");
  }
  const std::string text =
      is_frame(bytes) ? decompressed_frame(bytes, kFoldBytesMax) : std::string(bytes);
  std::string_view rest = text;
  if (!rest.starts_with(kFirstLine)) {
    if (!rest.starts_with(kHead)) {
      throw Error(ErrorKind::corrupt, "a part of the job index is not one");
    }
    throw Error(ErrorKind::rejected,
                "a newer version of holdfast wrote a part of the job index; use that version");
  }
  rest.remove_prefix(kFirstLine.size());
  std::vector<IndexEntry> entries;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    auto entry = index_entry_from_text(rest.substr(0, end));
    if (!entry) throw Error(ErrorKind::corrupt, "a part of the job index has a line that is none");
    entries.push_back(std::move(*entry));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return entries;
}

}  // namespace holdfast
