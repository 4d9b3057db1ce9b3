// Inputs that this machine has fetched, by the digest of their bytes, so that jobs, slots and
// workers share them. Any number of processes may use one folder; a process that is killed leaves
// nothing that another one could take for whole.
//
//   FOLDER/objects/HEX    whole: the bytes have this digest, and the time is kept_time() while that
//                         is known. Writing into it, or a power cut, makes it another time: then
//                         the bytes are read and compared before they are used again.
//   FOLDER/partial/HEX    being fetched, by whoever has it locked
//   FOLDER/names/HEX      which digest something had that was named without one
//
// The least recently used objects go first; when one was used is its access time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/file.h"

namespace holdfast {

class InputCache {
 public:
  // Keeps `bytes_max` at most between jobs.
  InputCache(std::filesystem::path folder, std::uint64_t bytes_max);

  // Makes the folder, which is ours alone, unless it is there. Throws Error.
  void open() const;

  // Puts the object at `to`: a further name of the same file where the file system can. False if it
  // is not kept.
  [[nodiscard]] bool deliver(const Sha256Digest& digest, const std::filesystem::path& to,
                             bool executable) const;

  // The digest that `identity` was noted with.
  std::optional<Sha256Digest> digest_of(const std::string& identity) const;
  void note(const std::string& identity, const Sha256Digest& digest) const;
  void forget(const std::string& identity) const;

  // A file to fetch into, locked. What an earlier fetch of the same name left may be in it.
  struct Place {
    std::filesystem::path path;
    FileDescriptor file;
  };
  // nullopt while another worker fetches the same: it will be kept soon.
  std::optional<Place> begin(const std::string& name) const;
  // What was fetched is whole and has this digest.
  void keep(const Place& place, const Sha256Digest& digest) const;
  static void drop(const Place& place);

  // Removes what was not used for longest until `incoming` more bytes fit; with `all`, everything.
  // What a job uses at the moment stays in any case: its going would free nothing.
  enum class Room { within_bound, all };
  void make_room(std::uint64_t incoming_bytes, Room room) const;

 private:
  std::filesystem::path object(const Sha256Digest& digest) const;
  std::filesystem::path name_file(const std::string& identity) const;
  bool whole(const std::filesystem::path& path, const Sha256Digest& digest) const;
  void remove_leftovers(Room room) const;

  const std::filesystem::path folder_;
  const std::uint64_t bytes_max_;
};

}  // namespace holdfast
