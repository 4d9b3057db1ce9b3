// What a job is given before it starts: files and folders by name, each with a reference to where
// it comes from. Pure.
//
//   s3://BUCKET/KEY             an object
//   s3://BUCKET/PREFIX/         all objects below it
//   https://HOST/PATH#sha256=…  a file
//   file:/PATH                  a file or folder of the worker
//   job:ID/PATH                 a result of another job, a folder of it, or without PATH all of it
//
// `#sha256=HEX` behind an object or file is the digest that its bytes must have.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/digest.h"

namespace holdfast {

constexpr std::size_t kInputsMax = 2000;  // Of one job; a folder is one.

struct InputSource {
  enum class Kind { object, folder, web, file, job };
  Kind kind = Kind::object;
  std::string place = {};  // object, folder: the bucket; job: its id.
  // object: the key; folder: the prefix, which ends in '/' or is empty; web: the URL; file: the
  // absolute path; job: which of its outputs, empty for all.
  std::string path = {};
  std::optional<Sha256Digest> digest = {};
};

// The source, or a sentence that says what is wrong with the reference.
std::variant<InputSource, std::string> parse_input(std::string_view reference);

// Whether a text is meant to be a reference, good or not: it begins as one.
bool begins_as_input(std::string_view text);

// For people: without what a URL may hold of secrets.
std::string shown(const InputSource& source);

// The name that an input has in the input directory: a slash at the end only says that it is a
// folder.
std::string input_name(std::string_view given);
// A sentence that says why `name` cannot be one; empty if it can.
std::string what_is_wrong_with_input_name(std::string_view name);

// An input in the arguments of a command: {input:NAME}.
inline constexpr std::string_view kInputField = "input:";

using InputReferences = std::map<std::string, std::string>;  // By name.

// The inputs among the fields of a job (core/job.h), where each good one stands as kInputField and
// its name. An object `inputs` of which no value begins as a reference is the program's own field.
InputReferences inputs_of(const std::map<std::string, std::string>& fields);

// Where each input is to lie, relative to the input directory, by its name. It is the name; where
// that has no ending, the source's is added, because programs look at it: `tpr` from water.tpr is
// tpr.tpr.
std::map<std::string, std::string> input_paths(const InputReferences& inputs);

// Where a file lies in the store that people gave with their jobs (submit --input): each once, by
// its digest and the ending of its name. No job's id begins with a dot.
std::string uploaded_input_key(const std::string& digest, std::string_view file_name);

}  // namespace holdfast
