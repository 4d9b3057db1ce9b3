#include <array>

#include <nlohmann/json.hpp>

#include "core/checkpoint.h"
#include "core/encoded_name.h"
#include "core/json_read.h"
#include "core/output_list.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

// Format 1 had files only, all in one object, without mode and time.
constexpr int kFormat = 2;
constexpr std::uint32_t kModeBits = 0777;
constexpr std::array<std::string_view, 3> kKinds = {"file", "folder", "symlink"};

Json json_of(const Output& output) {
  Json json = {{"path", encoded(output.path)}};
  if (output.kind != OutputKind::file) json["kind"] = to_text(output.kind);
  if (output.kind == OutputKind::file) {
    json["bytes"] = output.size_bytes;
    json["sha256"] = output.digest;
  }
  if (output.kind == OutputKind::symlink) {
    json["target"] = encoded(output.target);
    return json;
  }
  json["mode"] = output.mode;
  json["modified_ns"] = output.modified_ns;
  return json;
}

OutputKind kind_from(const Json& json) {
  const auto text = json.value("kind", std::string(kKinds[0]));
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (text == kKinds.at(i)) return static_cast<OutputKind>(i);
  }
  throw JsonMismatch{"an output is neither file nor folder nor link"};
}

Output output_from(const Json& json) {
  Output output;
  output.path = decoded(json.at("path").get<std::string>());
  require_json(stays_inside(output.path), "an output's path leaves its directory");
  output.kind = kind_from(json);
  if (output.kind == OutputKind::file) {
    output.size_bytes = whole_number<std::uint64_t>(json.at("bytes"));
    output.digest = digest_in(json.at("sha256"));
  }
  if (output.kind == OutputKind::symlink) {
    output.target = decoded(json.at("target").get<std::string>());
  }
  if (json.contains("mode")) output.mode = whole_number<std::uint32_t>(json.at("mode")) & kModeBits;
  if (json.contains("modified_ns")) {
    require_json(json.at("modified_ns").is_number_integer(), "a time is no whole number");
    output.modified_ns = json.at("modified_ns").get<std::int64_t>();
  }
  return output;
}

std::vector<Output> outputs_from(const Json& json) {
  std::vector<Output> outputs;
  for (const Json& output : list_in(json)) outputs.push_back(output_from(output));
  return outputs;
}

Json json_of(const std::vector<Output>& outputs) {
  Json json = Json::array();
  for (const Output& output : outputs) json.push_back(json_of(output));
  return json;
}

Json json_of(const Provenance& made_by) {
  Json command = Json::array();
  std::size_t room = kProvenanceBytesMax;
  for (const std::string& word : made_by.command) {
    if (word.size() > room) {
      command.push_back("...");
      break;
    }
    room -= word.size();
    command.push_back(word);
  }
  return {{"command", command},         {"version", made_by.version},
          {"worker", made_by.worker},   {"attempt", made_by.attempt.value},
          {"started", made_by.started}, {"ended", made_by.ended}};
}

Provenance provenance_from(const Json& json) {
  Provenance made_by;
  for (const Json& word : list_in(json.at("command"))) {
    made_by.command.push_back(word.get<std::string>());
  }
  made_by.version = json.at("version").get<std::string>();
  made_by.worker = json.at("worker").get<std::string>();
  made_by.attempt.value = whole_number<std::uint64_t>(json.at("attempt"));
  made_by.started = json.at("started").get<std::string>();
  made_by.ended = json.at("ended").get<std::string>();
  return made_by;
}

template <typename Read>
auto parse(std::string_view bytes, Read read) {
  try {
    const Json json = Json::parse(bytes);
    const auto format = whole_number<int>(json.at("format"));
    require_json(format >= 1 && format <= kFormat, "this version does not know its format");
    return read(json);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::corrupt,
                std::string("a list of outputs cannot be read: ") + error.what());
  } catch (const JsonMismatch& mismatch) {
    throw Error(ErrorKind::corrupt, "a list of outputs is damaged: " + mismatch.what);
  }
}

}  // namespace

std::string_view to_text(OutputKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

std::string to_json(const OutputList& list) {
  Json json = {{"format", kFormat}, {"count", list.count}, {"bytes", list.size_bytes}};
  if (list.stored_by.value > 0) json["stored_by"] = list.stored_by.value;
  for (const OutputPage& page : list.pages) {
    json["pages"].push_back({{"sha256", page.digest}, {"count", page.count}});
  }
  if (list.pages.empty()) json["outputs"] = json_of(list.outputs);
  if (list.made_by) json["made_by"] = json_of(*list.made_by);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

OutputList output_list_from_json(std::string_view bytes) {
  return parse(bytes, [](const Json& json) {
    OutputList list;
    if (json.contains("stored_by")) {
      list.stored_by.value = whole_number<std::uint64_t>(json.at("stored_by"));
    }
    if (json.contains("made_by")) list.made_by = provenance_from(json.at("made_by"));
    if (json.contains("pages")) {
      for (const Json& page : list_in(json.at("pages"))) {
        list.pages.push_back(
            {digest_in(page.at("sha256")), whole_number<std::uint64_t>(page.at("count"))});
        list.count += list.pages.back().count;
      }
      list.size_bytes = whole_number<std::uint64_t>(json.at("bytes"));
      return list;
    }
    list.outputs = outputs_from(json.at("outputs"));
    list.count = list.outputs.size();
    for (const Output& output : list.outputs) list.size_bytes += output.size_bytes;
    return list;
  });
}

std::string to_json(const std::vector<Output>& outputs) {
  return Json{{"format", kFormat}, {"outputs", json_of(outputs)}}.dump();
}

std::vector<Output> outputs_from_json(std::string_view bytes) {
  return parse(bytes, [](const Json& json) { return outputs_from(json.at("outputs")); });
}

}  // namespace holdfast
