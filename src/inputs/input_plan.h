// Which files the inputs of a job consist of, and where each lies. No bytes of them are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "base/digest.h"
#include "core/job_input.h"
#include "inputs/input_fetcher.h"

namespace holdfast {

// Thrown from the depth of a fetch to deliver(), which answers with it.
struct InputTrouble {
  InputsOutcome outcome;
};
inline InputTrouble trouble(InputsOutcome::What what, const std::string& why) {
  return {{.what = what, .why = why}};
}

// One file that is to lie at `path`, relative to the input directory.
struct InputPiece {
  std::string input;  // The name of the input that it belongs to.
  std::filesystem::path path;
  std::string shown;       // Where it comes from, for people.
  Store* store = nullptr;  // Else it is `key`, a URL, of the web.
  std::string key = {};
  std::string second_key = {};  // Where the same may lie as well; empty: nowhere.
  std::optional<std::uint64_t> size_bytes = {};
  std::optional<Sha256Digest> digest = {};
  // Names these bytes while no digest is known; empty if one is.
  std::string identity = {};
  bool executable = false;
};

struct InputLink {
  std::filesystem::path path;
  std::filesystem::path target;  // A file or folder of this machine.
};

struct InputPlan {
  std::vector<InputPiece> pieces;
  std::vector<InputLink> links;
  std::vector<std::filesystem::path> folders;  // That must be there though nothing is in them.
};

// Who is to blame when a fetch fails. What the fleet's store does not answer now is waited for; so
// is a bucket, which is of the same server. For what is refused elsewhere, or a web address that
// does not answer, no slot waits: the job comes again later.
enum class Whose { fleet, bucket, web };

class InputPlanner {
 public:
  InputPlanner(const InputDoors& doors, const InputRules& rules, const Clock& clock)
      : doors_(doors), rules_(rules), clock_(clock) {}

  // Throws InputTrouble, or Error of the fleet's store.
  InputPlan plan(const InputReferences& inputs, const std::stop_token& stop) const;

  Whose whose(const InputPiece& piece) const;

  // Finds an object that its digest names: how large it is, and, of an uploaded file, which copy is
  // there. Throws InputTrouble if none is.
  void find(InputPiece& piece) const;

  // Whether the objects without a digest are still those that the plan names.
  bool still_holds(const InputPlan& before, const InputReferences& inputs,
                   const std::stop_token& stop) const;

 private:
  // One input of a job.
  struct Wanted {
    std::string name;
    InputSource source;
    std::filesystem::path path;  // Where it is to lie, relative to the input directory.
  };
  InputPlan plan_of(const Wanted& input, const std::stop_token& stop) const;
  InputPlan plan_object(const Wanted& input) const;
  InputPlan plan_folder(const Wanted& input, const std::stop_token& stop) const;
  static InputPlan plan_file(const Wanted& input);
  InputPlan plan_result(const Wanted& input) const;
  const Bucket& bucket_of(const Wanted& input) const;

  const InputDoors& doors_;
  const InputRules& rules_;
  const Clock& clock_;
};

// "input "NAME" (where): what".
std::string input_sentence(const std::string& name, const std::string& where,
                           const std::string& what);

// Calls `work`, and throws what it throws as InputTrouble where the job has to go on without it.
void blamed_on(Whose whose, const std::string& name, const std::string& where,
               const std::function<void()>& work);

}  // namespace holdfast
