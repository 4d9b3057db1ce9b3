#include "core/job_input.h"

#include <algorithm>
#include <array>

#include "core/job.h"
#include "core/text.h"
#include "core/upload_layout.h"

namespace holdfast {

namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kFile = "file:";
constexpr std::string_view kJob = "job:";
constexpr std::array kSchemes = {kS3, kHttps, kHttp, kFile, kJob};
constexpr std::string_view kDigest = "#sha256=";

using Parsed = std::variant<InputSource, std::string>;

bool leaves_its_folder(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

Parsed parse_object(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  InputSource source;
  source.place = rest.substr(0, slash);
  if (source.place.empty()) return "names no bucket; write s3://BUCKET/KEY";
  if (slash != std::string_view::npos) source.path = rest.substr(slash + 1);
  if (leaves_its_folder(source.path)) return "has a segment '.' or '..' in its key";
  if (source.path.empty() || source.path.ends_with('/')) source.kind = InputSource::Kind::folder;
  return source;
}

Parsed parse_web(std::string_view reference) {
  const std::string_view rest = reference.substr(kHttps.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty()) return "names no host; write https://HOST/PATH#sha256=DIGEST";
  if (authority.find('@') != std::string_view::npos) {
    return "contains a user name, which everybody who sees the job would see";
  }
  const bool plain = std::all_of(reference.begin(), reference.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '\\' && c != '#' && c != '"';
  });
  if (!plain) return "has a character that a URL must encode as %XX";
  // What is allowed is said by how an address begins: no server may read it as another one.
  const std::string_view path = rest.substr(0, rest.find('?'));
  const bool climbs = leaves_its_folder(path) || path.find("%2e") != std::string_view::npos ||
                      path.find("%2E") != std::string_view::npos;
  if (climbs) return "has a segment '.' or '..' in its path";
  InputSource source;
  source.kind = InputSource::Kind::web;
  source.path = reference;
  return source;
}

Parsed parse_file(std::string_view rest) {
  if (rest.starts_with("//")) rest.remove_prefix(2);
  if (!rest.starts_with('/')) return "is not an absolute path; write file:/PATH";
  if (leaves_its_folder(rest)) return "has a segment '.' or '..' in its path";
  InputSource source;
  source.kind = InputSource::Kind::file;
  source.path = rest;
  return source;
}

Parsed parse_job_result(std::string_view rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  InputSource source;
  source.kind = InputSource::Kind::job;
  source.place = rest.substr(0, slash);
  source.path = rest.substr(std::min(slash + 1, rest.size()));
  const std::string wrong = JobId::what_is_wrong(source.place);
  if (!wrong.empty()) return "names no job: " + wrong + "; write job:ID/PATH";
  if (leaves_its_folder(source.path)) return "has a segment '.' or '..' in its path";
  return source;
}

Parsed parse_place(std::string_view reference) {
  if (reference.starts_with(kS3)) return parse_object(reference.substr(kS3.size()));
  if (reference.starts_with(kHttps)) return parse_web(reference);
  if (reference.starts_with(kHttp)) return "is not encrypted; write https://";
  if (reference.starts_with(kFile)) return parse_file(reference.substr(kFile.size()));
  if (reference.starts_with(kJob)) return parse_job_result(reference.substr(kJob.size()));
  return "is not an input; write s3://BUCKET/KEY, s3://BUCKET/PREFIX/, "
         "https://HOST/PATH#sha256=DIGEST, file:/PATH or job:ID/PATH";
}

// The ending of a file's name with its dot, a packed tar's whole; empty if it has none.
std::string_view ending_of(std::string_view path) {
  constexpr std::size_t kBytesMax = 20;
  const std::string_view file = path.substr(path.find_last_of('/') + 1);
  std::size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == file.size()) return {};
  constexpr std::string_view kTar = ".tar";
  if (dot > kTar.size() && file.substr(0, dot).ends_with(kTar)) dot -= kTar.size();
  const std::string_view ending = file.substr(dot);
  const bool usual = ending.size() <= kBytesMax && JobId::parse(ending.substr(1));
  return usual ? ending : std::string_view();
}

std::string_view ending_of(const InputSource& source) {
  const std::string_view path = source.path;
  const bool web = source.kind == InputSource::Kind::web;
  return ending_of(web ? path.substr(0, path.find('?')) : path);
}

}  // namespace

bool begins_as_input(std::string_view text) {
  return std::any_of(kSchemes.begin(), kSchemes.end(),
                     [text](std::string_view scheme) { return text.starts_with(scheme); });
}

Parsed parse_input(std::string_view reference) {
  const std::string quoted = "\"" + visible_line(reference.substr(0, 200)) + "\" ";
  if (reference.find('\0') != std::string_view::npos) return quoted + "holds a zero byte";
  std::optional<Sha256Digest> digest;
  const std::size_t mark = reference.rfind(kDigest);
  if (mark != std::string_view::npos) {
    digest = Sha256Digest::from_hex(reference.substr(mark + kDigest.size()));
    if (!digest) {
      return quoted +
             "has no SHA-256 after #sha256=: 64 digits of 0-9 and a-f, as sha256sum prints them";
    }
    reference = reference.substr(0, mark);
  }
  Parsed parsed = parse_place(reference);
  if (const auto* wrong = std::get_if<std::string>(&parsed)) return quoted + *wrong;
  auto& source = std::get<InputSource>(parsed);
  source.digest = digest;
  using Kind = InputSource::Kind;
  if (source.kind == Kind::web && !digest) {
    return quoted +
           "has no digest: the file at a web address may change between two attempts; add #sha256= "
           "and the digest that sha256sum prints for the file";
  }
  if (digest && (source.kind == Kind::folder || source.path.ends_with('/'))) {
    return quoted + "is a folder, which has no digest of its own";
  }
  return parsed;
}

std::string shown(const InputSource& source) {
  switch (source.kind) {
    case InputSource::Kind::object:
    case InputSource::Kind::folder:
      return "s3://" + source.place + "/" + source.path;
    case InputSource::Kind::web:
      return source.path.substr(0, source.path.find('?'));
    case InputSource::Kind::file:
      return "file:" + source.path;
    case InputSource::Kind::job:
      return "job:" + source.place + (source.path.empty() ? "" : "/") + source.path;
  }
  return {};
}

std::string input_name(std::string_view given) {
  if (given.size() > 1 && given.ends_with('/')) given.remove_suffix(1);
  return std::string(given);
}

std::string what_is_wrong_with_input_name(std::string_view name) {
  if (JobId::parse(name)) return {};
  return "the name of the input \"" + visible_line(name.substr(0, 100)) +
         "\" cannot be one; use at most 200 letters, digits and . _ - = @ + : ~, and no dot first";
}

InputReferences inputs_of(const std::map<std::string, std::string>& fields) {
  InputReferences inputs;
  for (const auto& [name, value] : fields) {
    if (name.starts_with(kInputField)) inputs.emplace(name.substr(kInputField.size()), value);
  }
  return inputs;
}

std::map<std::string, std::string> input_paths(const InputReferences& inputs) {
  std::map<std::string, std::string> paths;
  for (const auto& [name, reference] : inputs) {
    const auto parsed = parse_input(reference);
    const auto* source = std::get_if<InputSource>(&parsed);
    std::string path = name;
    if (source != nullptr && ending_of(name).empty()) path += ending_of(*source);
    // Another one has that name already.
    paths[name] = inputs.contains(path) ? name : path;
  }
  return paths;
}

std::string uploaded_input_key(const std::string& digest, std::string_view file_name) {
  return std::string(kUploadsPrefix) + digest + std::string(ending_of(file_name));
}

}  // namespace holdfast
