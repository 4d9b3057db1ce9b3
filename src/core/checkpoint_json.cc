// Manifests as JSON (docs/formats.md). What is read comes from outside: everything is checked
// before anybody acts on it.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "core/checkpoint.h"
#include "core/encoded_name.h"
#include "core/json_read.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

// Format 2 was one list of everything, without holes, hard links and the directory itself.
constexpr int kManifestFormat = 3;
constexpr int kManifestFormatOldest = 2;

std::string_view kind_text(EntryKind kind) {
  switch (kind) {
    case EntryKind::file:
      return "file";
    case EntryKind::folder:
      return "folder";
    case EntryKind::symlink:
      return "symlink";
    case EntryKind::hard_link:
      return "hard_link";
  }
  return {};
}

EntryKind kind_from(const std::string& text) {
  for (const EntryKind kind :
       {EntryKind::file, EntryKind::folder, EntryKind::symlink, EntryKind::hard_link}) {
    if (kind_text(kind) == text) return kind;
  }
  throw JsonMismatch{"an entry is neither file nor folder nor link"};
}

// The directory itself has a name that no entry of it can have.
constexpr const char* kDirectoryItself = ".";

Json json_of(const Piece& piece) {
  if (piece.chunk == kHole) return Json::array({piece.size_bytes});
  return Json::array({piece.chunk, piece.offset, piece.size_bytes});
}

Json json_of(const Entry& entry) {
  Json json = {{"path", entry.path.empty() ? kDirectoryItself : encoded(entry.path)},
               {"kind", kind_text(entry.kind)},
               {"mode", entry.mode},
               {"modified_ns", entry.modified_ns}};
  if (entry.owner) json["owner"] = {entry.owner->user, entry.owner->group};
  for (const auto& [name, value] : entry.attributes) {
    json["attributes"][encoded(name)] = encoded(value);
  }
  const bool link = entry.kind == EntryKind::symlink || entry.kind == EntryKind::hard_link;
  if (link) json["target"] = encoded(entry.target);
  if (entry.kind != EntryKind::file) return json;
  json["bytes"] = entry.size_bytes;
  if (entry.offset > 0) json["offset"] = entry.offset;
  if (!entry.digest.empty()) json["sha256"] = entry.digest;
  json["pieces"] = Json::array();
  for (const Piece& piece : entry.pieces) json["pieces"].push_back(json_of(piece));
  return json;
}

Piece piece_from(const Json& json, const std::vector<Chunk>& chunks) {
  require_json(json.is_array(), "a piece is no list");
  if (json.size() == 1) return {kHole, 0, whole_number<std::uint64_t>(json.at(0))};
  const Piece piece{whole_number<std::uint32_t>(json.at(0)),
                    whole_number<std::uint64_t>(json.at(1)),
                    whole_number<std::uint64_t>(json.at(2))};
  require_json(piece.chunk < chunks.size(), "a piece lies in no chunk");
  const std::uint64_t chunk_size = chunks[piece.chunk].size_bytes;
  require_json(piece.offset <= chunk_size && piece.size_bytes <= chunk_size - piece.offset,
               "a piece is larger than its chunk");
  return piece;
}

Entry entry_from(const Json& json, const std::vector<Chunk>& chunks) {
  Entry entry;
  const auto path = json.at("path").get<std::string>();
  if (path != kDirectoryItself) {
    entry.path = decoded(path);
    require_json(stays_inside(entry.path), "a path leaves the directory");
  }
  entry.kind = kind_from(json.at("kind").get<std::string>());
  require_json(!entry.path.empty() || entry.kind == EntryKind::folder,
               "the directory itself is no folder");
  entry.mode = whole_number<std::uint32_t>(json.at("mode")) & 07777;
  require_json(json.at("modified_ns").is_number_integer(), "a time is no whole number");
  entry.modified_ns = json.at("modified_ns").get<std::int64_t>();
  if (json.contains("owner")) {
    entry.owner = {whole_number<std::uint32_t>(json.at("owner").at(0)),
                   whole_number<std::uint32_t>(json.at("owner").at(1))};
  }
  if (json.contains("attributes")) {
    require_json(json.at("attributes").is_object(), "attributes are no object");
    for (const auto& [name, value] : json.at("attributes").items()) {
      entry.attributes.emplace(decoded(name), decoded(value.get<std::string>()));
    }
  }
  if (entry.kind == EntryKind::symlink || entry.kind == EntryKind::hard_link) {
    entry.target = decoded(json.at("target").get<std::string>());
  }
  require_json(entry.kind != EntryKind::hard_link ||
                   (stays_inside(entry.target) && compare_paths(entry.target, entry.path) < 0),
               "a hard link does not lead to a file before it");
  if (entry.kind != EntryKind::file) return entry;
  entry.size_bytes = whole_number<std::uint64_t>(json.at("bytes"));
  if (json.contains("sha256")) entry.digest = digest_in(json.at("sha256"));
  if (json.contains("offset")) entry.offset = whole_number<std::uint64_t>(json.at("offset"));
  std::uint64_t end = entry.offset;
  for (const Json& piece : list_in(json.at("pieces"))) {
    entry.pieces.push_back(piece_from(piece, chunks));
    end += entry.pieces.back().size_bytes;
    require_json(end <= entry.size_bytes,
                 "the pieces of " + encoded(entry.path) + " are more than the file");
  }
  return entry;
}

// Each path once, and below folders only: nothing is ever made through a link or a file.
void require_tree(const std::vector<Entry>& entries) {
  std::set<std::string_view> paths;
  std::set<std::string_view> folders;
  for (const Entry& entry : entries) {
    const std::string_view path = entry.path;
    const std::size_t slash = path.rfind('/');
    const bool in_folder =
        slash == std::string_view::npos || folders.contains(path.substr(0, slash));
    require_json(in_folder, encoded(path) + " stands below what is no folder");
    require_json(paths.insert(path).second, encoded(path) + " is there twice");
    if (entry.kind == EntryKind::folder) folders.insert(path);
    std::uint64_t total = 0;
    for (const Piece& piece : entry.pieces) total += piece.size_bytes;
    require_json(total == entry.size_bytes,
                 "the pieces of " + encoded(path) + " do not make up the file");
  }
}

std::string_view form_text(ChunkForm form) {
  switch (form) {
    case ChunkForm::plain:
      return "plain";
    case ChunkForm::zstd:
      return "zstd";
    case ChunkForm::delta:
      return "delta";
  }
  return {};
}

ChunkForm form_from(const std::string& text) {
  for (const ChunkForm form : {ChunkForm::plain, ChunkForm::zstd, ChunkForm::delta}) {
    if (form_text(form) == text) return form;
  }
  throw JsonMismatch{"a chunk has a form that this version does not know"};
}

Json json_of(const Chunk& chunk) {
  Json json = {{"attempt", chunk.attempt.value},
               {"name", chunk.name},
               {"sha256", chunk.digest},
               {"bytes", chunk.size_bytes}};
  if (chunk.form == ChunkForm::plain) return json;
  json["form"] = form_text(chunk.form);
  json["stored_bytes"] = chunk.stored_bytes;
  if (chunk.form == ChunkForm::delta) json["base"] = chunk.base;
  return json;
}

Chunk chunk_from(const Json& json) {
  Chunk chunk;
  chunk.attempt = {whole_number<std::uint64_t>(json.at("attempt"))};
  chunk.name = json.at("name").get<std::string>();
  chunk.digest = digest_in(json.at("sha256"));
  chunk.size_bytes = whole_number<std::uint64_t>(json.at("bytes"));
  require_json(chunk.name.starts_with(chunk.digest) && stays_inside(chunk.name) &&
                   chunk.name.find('/') == std::string::npos,
               "a chunk's name is not its digest");
  if (json.contains("form")) chunk.form = form_from(json.at("form").get<std::string>());
  chunk.stored_bytes = chunk.form == ChunkForm::plain
                           ? chunk.size_bytes
                           : whole_number<std::uint64_t>(json.at("stored_bytes"));
  if (chunk.form == ChunkForm::delta) chunk.base = digest_in(json.at("base"));
  require_json(chunk.size_bytes <= kChunkBytes && chunk.stored_bytes <= kChunkBytes,
               "a chunk is larger than a chunk may be");
  return chunk;
}

// Each delta has its base before it, and no chain is longer than a reader can be asked to follow.
void require_bases(const std::vector<Chunk>& chunks) {
  std::map<std::string_view, int> chain_of;
  for (const Chunk& chunk : chunks) {
    int chain = 0;
    if (chunk.form == ChunkForm::delta) {
      const auto base = chain_of.find(chunk.base);
      require_json(base != chain_of.end(), "a chunk's base does not stand before it");
      chain = base->second + 1;
      require_json(chain <= kDeltaChainMax, "a chunk has too long a chain of bases");
    }
    chain_of.emplace(chunk.digest, chain);
  }
}

PageRef page_from(const Json& json) {
  PageRef page{chunk_from(json), {}};
  require_json(page.chunk.form != ChunkForm::delta, "a page is told as a difference");
  const auto first = json.at("first").get<std::string>();
  if (first != kDirectoryItself) page.first = decoded(first);
  return page;
}

Manifest page_from_json(const Json& json, int format) {
  Manifest manifest;
  if (json.contains("pages")) {
    manifest.height = whole_number<int>(json.at("height"));
    require_json(format > kManifestFormatOldest, "a manifest of this format has no pages");
    require_json(manifest.height > 0 && manifest.height <= kTreeHeightMax,
                 "a page has a height that none can have");
    for (const Json& page : list_in(json.at("pages"))) manifest.pages.push_back(page_from(page));
    return manifest;
  }
  for (const Json& chunk : list_in(json.at("chunks"))) manifest.chunks.push_back(chunk_from(chunk));
  require_bases(manifest.chunks);
  for (const Json& entry : list_in(json.at("entries"))) {
    manifest.entries.push_back(entry_from(entry, manifest.chunks));
  }
  if (format == kManifestFormatOldest) require_tree(manifest.entries);
  return manifest;
}

template <typename Read>
auto parse(std::string_view bytes, int oldest_format, int newest_format, Read read) {
  try {
    const Json json = Json::parse(bytes);
    const auto format = whole_number<int>(json.at("format"));
    require_json(format >= oldest_format && format <= newest_format,
                 "this version does not know its format");
    return read(json, format);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::corrupt, std::string("a manifest cannot be read: ") + error.what());
  } catch (const JsonMismatch& mismatch) {
    throw Error(ErrorKind::corrupt, "a manifest is damaged: " + mismatch.what);
  }
}

}  // namespace

bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/') return false;
  const auto control = [](char c) { return c == '\0'; };
  if (std::any_of(path.begin(), path.end(), control)) return false;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return true;
}

int compare_paths(std::string_view a, std::string_view b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (differ.first == a.end() || differ.second == b.end()) {
    return static_cast<int>(differ.first != a.end()) - static_cast<int>(differ.second != b.end());
  }
  // What a folder holds comes before what its name is only the beginning of.
  const auto rank = [](char c) {
    return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c));
  };
  return rank(*differ.first) - rank(*differ.second);
}

std::string to_json(const Manifest& manifest) {
  Json json = {{"format", kManifestFormat}};
  if (manifest.height > 0) {
    json["height"] = manifest.height;
    json["pages"] = Json::array();
    for (const PageRef& page : manifest.pages) {
      json["pages"].push_back(json_of(page.chunk));
      json["pages"].back()["first"] = page.first.empty() ? kDirectoryItself : encoded(page.first);
    }
  } else {
    json["chunks"] = Json::array();
    json["entries"] = Json::array();
    for (const Chunk& chunk : manifest.chunks) json["chunks"].push_back(json_of(chunk));
    for (const Entry& entry : manifest.entries) json["entries"].push_back(json_of(entry));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Manifest manifest_from_json(std::string_view bytes) {
  return parse(bytes, kManifestFormatOldest, kManifestFormat, page_from_json);
}

}  // namespace holdfast
