#include "checkpoint/kept_tree.h"

#include "base/packed.h"

namespace holdfast {

void KeptEntries::add(const KeptEntry& kept) {
  const Entry& entry = kept.entry;
  Packer record;
  record.text(entry.path);
  record.number(entry.kind);
  record.number(entry.mode);
  record.number(entry.modified_ns);
  record.text(entry.target);
  record.number(entry.size_bytes);
  record.text(entry.digest);
  record.number(static_cast<std::uint32_t>(entry.pieces.size()));
  for (const Piece& piece : entry.pieces) {
    record.number(piece.chunk);
    record.number(piece.offset);
    record.number(piece.size_bytes);
  }
  record.number(entry.owner.has_value());
  if (entry.owner) {
    record.number(entry.owner->user);
    record.number(entry.owner->group);
  }
  record.texts(entry.attributes);
  record.number(kept.device);
  record.number(kept.inode);
  file_.add(record.bytes());
}

std::optional<KeptEntry> KeptEntries::Reader::next() {
  const auto bytes = reader_.next();
  if (!bytes) return std::nullopt;
  Unpacker record(*bytes);
  KeptEntry kept;
  Entry& entry = kept.entry;
  entry.path = record.text();
  entry.kind = record.number<EntryKind>();
  entry.mode = record.number<std::uint32_t>();
  entry.modified_ns = record.number<std::int64_t>();
  entry.target = record.text();
  entry.size_bytes = record.number<std::uint64_t>();
  entry.digest = record.text();
  entry.pieces.resize(record.number<std::uint32_t>());
  for (Piece& piece : entry.pieces) {
    piece.chunk = record.number<std::uint32_t>();
    piece.offset = record.number<std::uint64_t>();
    piece.size_bytes = record.number<std::uint64_t>();
  }
  if (record.number<bool>()) {
    entry.owner.emplace();
    entry.owner->user = record.number<std::uint32_t>();
    entry.owner->group = record.number<std::uint32_t>();
  }
  entry.attributes = record.texts();
  kept.device = record.number<std::uint64_t>();
  kept.inode = record.number<std::uint64_t>();
  return kept;
}

}  // namespace holdfast
