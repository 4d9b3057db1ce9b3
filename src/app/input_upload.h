// Files of this machine that jobs are given as inputs: each goes into the store once, named by its
// digest, whatever it is called and however many jobs and lists name it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "app/commands/commands.h"
#include "app/config.h"
#include "base/digest.h"
#include "ports/store.h"
#include "submit/job_list.h"
#include "submit/listed_inputs.h"

namespace holdfast {

class InputUpload {
 public:
  // `place` is where the store is.
  InputUpload(const StoreConfig& place, const CommandContext& context);

  // The reference that stands for a file: it is read, not sent yet.
  std::variant<std::string, InputWishes::Fault> reference_of(const std::filesystem::path& file);

  bool empty() const noexcept { return files_.empty(); }
  // Writes down which jobs of the list name which files, for gc, and sends those files that the
  // store does not have; what was sent before stays, so it may be broken off and repeated: a signal
  // ends the program. Throws Error.
  void send(Store& store, const std::string& group, const JobList& list);

 private:
  void say_names(Store& store, const std::string& group, const JobList& list) const;

  struct File {
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    Sha256Digest digest;
  };

  const StoreConfig place_;
  const CommandContext& context_;
  std::map<std::filesystem::path, std::string> references_;
  std::map<std::string, File> files_;         // By the name that jobs have for it.
  std::map<std::string, std::string> names_;  // The same names, by reference.
  std::uint64_t bytes_ = 0;
};

// For `holdfast run`: the reference of a file or folder where it lies.
std::variant<std::string, InputWishes::Fault> reference_here(const std::filesystem::path& path);

}  // namespace holdfast
