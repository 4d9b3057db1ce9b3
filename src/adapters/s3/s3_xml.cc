#include "adapters/s3/s3_xml.h"

#include <charconv>
#include <cstdint>

#include "adapters/s3/uri.h"
#include "adapters/s3/xml_reader.h"
#include "base/utf8.h"

namespace holdfast {

namespace {

// A page has at most 1,000 of each; nobody reads more of a document that claims otherwise.
constexpr std::size_t kEntriesMax = 10'000;
// What of a server's words goes into a message of ours.
constexpr std::size_t kWordsBytesMax = 400;

// Calls `leaf(path, text)` at the end of every element, `text` being what stood directly in it
// since its last child. False if the document is broken or its root is not `root`.
template <typename Leaf>
bool read_document(std::string_view body, std::string_view root, Leaf leaf) {
  XmlReader reader(body);
  std::string text;
  while (true) {  // Ends: the reader does.
    switch (reader.next()) {
      case XmlReader::Piece::open:
        if (reader.path().size() == 1 && reader.path().front() != root) return false;
        text.clear();
        break;
      case XmlReader::Piece::text:
        text += reader.text();
        break;
      case XmlReader::Piece::close:
        leaf(reader.path(), text);
        text.clear();
        break;
      case XmlReader::Piece::end:
        return true;
      case XmlReader::Piece::broken:
        return false;
    }
  }
}

using Path = std::vector<std::string_view>;

bool at(const Path& path, std::string_view child) {
  return path.size() == 2 && path[1] == child;
}

bool at(const Path& path, std::string_view child, std::string_view grandchild) {
  return path.size() == 3 && path[1] == child && path[2] == grandchild;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// One line that a terminal can show, cut to what a message bears.
std::string words(std::string_view text) {
  return visible_line(text.substr(0, kWordsBytesMax));
}

// A listing while it is read: names may be encoded, which is said before or after them.
struct RawPage {
  S3ListPage page;
  bool encoded = false;
  bool good = true;
  ObjectVersion object;
};

void read_leaf(RawPage& raw, const Path& path, const std::string& text) {
  S3ListPage& page = raw.page;
  if (at(path, "EncodingType")) {
    raw.encoded = text == "url";
  } else if (at(path, "IsTruncated")) {
    page.more = text == "true";
    raw.good = raw.good && (text == "true" || text == "false");
  } else if (at(path, "NextContinuationToken")) {
    page.next_token = text;
  } else if (at(path, "Contents", "Key")) {
    raw.object.key = text;
  } else if (at(path, "Contents", "Size")) {
    const auto size = number(text);
    raw.good = raw.good && size.has_value();
    raw.object.size_bytes = size.value_or(0);
  } else if (at(path, "Contents", "ETag")) {
    raw.object.version = text;
  } else if (at(path, "Contents")) {
    raw.good = raw.good && !raw.object.key.empty() && page.objects.size() < kEntriesMax;
    if (raw.good) page.objects.push_back(raw.object);
    raw.object = {};
  } else if (at(path, "CommonPrefixes", "Prefix")) {
    raw.good = raw.good && page.folders.size() < kEntriesMax;
    if (raw.good) page.folders.push_back(text);
  }
}

bool decode_names(S3ListPage& page) {
  const auto decode = [](std::string& name) {
    auto decoded = uri_decode(name);
    if (!decoded) return false;
    name = std::move(*decoded);
    return true;
  };
  for (ObjectVersion& object : page.objects) {
    if (!decode(object.key)) return false;
  }
  for (std::string& folder : page.folders) {
    if (!decode(folder)) return false;
  }
  return true;
}

// The text of the child `name` of a document's root; nullopt if there is none.
std::optional<std::string> the_leaf(std::string_view body, std::string_view root,
                                    std::string_view name) {
  std::string found;
  const bool whole = read_document(body, root, [&](const Path& path, const std::string& text) {
    if (at(path, name)) found = text;
  });
  if (!whole || found.empty()) return {};
  return found;
}

std::string escaped(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    switch (c) {
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '&':
        xml += "&amp;";
        break;
      case '"':
        xml += "&quot;";
        break;
      default:
        xml += c;
    }
  }
  return xml;
}

}  // namespace

std::optional<S3ErrorBody> parse_s3_error(std::string_view body) {
  S3ErrorBody error;
  const bool whole = read_document(body, "Error", [&](const Path& path, const std::string& text) {
    if (at(path, "Code")) error.code = words(text);
    if (at(path, "Message")) error.message = words(text);
    if (at(path, "RequestId")) error.request_id = words(text);
    if (at(path, "Region")) error.region = words(text);
  });
  if (!whole || error.code.empty()) return {};
  return error;
}

std::optional<S3ListPage> parse_s3_list(std::string_view body) {
  RawPage raw;
  const bool whole =
      read_document(body, "ListBucketResult",
                    [&](const Path& path, const std::string& text) { read_leaf(raw, path, text); });
  if (!whole || !raw.good) return {};
  if (raw.encoded && !decode_names(raw.page)) return {};
  if (raw.page.more && raw.page.next_token.empty()) return {};
  return std::move(raw.page);
}

bool is_copy_result(std::string_view body) {
  return read_document(body, "CopyObjectResult", [](const Path&, const std::string&) {});
}

std::optional<S3UploadsPage> parse_s3_uploads(std::string_view body) {
  S3UploadsPage page;
  UnfinishedUpload upload;
  bool encoded = false;
  bool good = true;
  const auto leaf = [&](const Path& path, const std::string& text) {
    if (at(path, "EncodingType")) encoded = text == "url";
    if (at(path, "IsTruncated")) page.more = text == "true";
    if (at(path, "NextKeyMarker")) page.next_key = text;
    if (at(path, "NextUploadIdMarker")) page.next_id = text;
    if (at(path, "Upload", "Key")) upload.key = text;
    if (at(path, "Upload", "UploadId")) upload.id = text;
    if (!at(path, "Upload")) return;
    good = good && !upload.key.empty() && !upload.id.empty() && page.uploads.size() < kEntriesMax;
    if (good) page.uploads.push_back(upload);
    upload = {};
  };
  if (!read_document(body, "ListMultipartUploadsResult", leaf) || !good) return {};
  if (page.more && page.next_key.empty()) return {};
  if (!encoded) return page;
  for (UnfinishedUpload& one : page.uploads) {
    auto key = uri_decode(one.key);
    if (!key) return {};
    one.key = std::move(*key);
  }
  auto next = uri_decode(page.next_key);
  if (!next) return {};
  page.next_key = std::move(*next);
  return page;
}

std::optional<std::string> parse_begun_upload(std::string_view body) {
  return the_leaf(body, "InitiateMultipartUploadResult", "UploadId");
}

std::optional<std::string> parse_copied_part(std::string_view body) {
  return the_leaf(body, "CopyPartResult", "ETag");
}

std::string finished_upload_xml(const std::vector<std::string>& etags) {
  std::string xml = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    xml += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
           escaped(etags[i]) + "</ETag></Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

bool is_finished_upload(std::string_view body) {
  return read_document(body, "CompleteMultipartUploadResult",
                       [](const Path&, const std::string&) {});
}

}  // namespace holdfast
