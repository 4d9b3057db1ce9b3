// A Store in a directory: an object's key is its path below it, so a person finds every result with
// `ls`. Any number of processes may use the same directory.
//
// Objects appear whole or not at all, also after a power cut: they are written and synced under
// .holdfast-tmp, then get their name. link(2) gives it to one of any number of rivals. Deadlines do
// not count here: what a local disk does cannot be broken off.
#pragma once

#include <filesystem>
#include <string>

#include "adapters/local/directory_temporary.h"
#include "ports/store.h"

namespace holdfast {

class DirectoryStore final : public Store {
 public:
  // Makes the directory if there is none. Throws Error (machine).
  explicit DirectoryStore(const std::filesystem::path& root);

  std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                 TimePoint deadline) override;
  std::optional<std::string> get_range(const std::string& key, std::uint64_t first,
                                       std::uint64_t size_bytes, TimePoint deadline) override;
  CreateOutcome create(const std::string& key, std::string_view bytes, TimePoint deadline) override;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override;
  void upload(const std::string& key, const std::filesystem::path& file, std::uint64_t size_bytes,
              const Sha256Digest& digest, TimePoint deadline) override;
  Holding holds(const std::string& key, std::uint64_t size_bytes, const Sha256Digest& digest,
                TimePoint deadline) override;
  bool copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
            TimePoint deadline) override;
  void remove(const std::string& key, TimePoint deadline) override;
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override;
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override;
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override;

 private:
  std::filesystem::path path_of(const std::string& key) const;
  // The object's file; not open if there is certainly no such object.
  FileDescriptor open_object(const std::filesystem::path& path) const;
  // Throws Error (denied) if the whole directory is gone: then nothing can be called absent.
  void require_root() const;
  // All folders that lead to the key.
  void make_folders(const std::string& key) const;
  void sync_names(const std::filesystem::path& path) const;
  CreateOutcome create_object(const std::string& key, std::string_view bytes) const;
  // Gives the open file the object's name too, by way of `temporary`.
  bool link_to(const FileDescriptor& source, const std::string& temporary,
               const std::string& key) const;
  // Makes a written temporary file the object, durable, in place of what was there.
  void replace(DirectoryTemporary& temporary, const std::string& key) const;

  const std::filesystem::path root_;
  const std::filesystem::path temporaries_;
};

}  // namespace holdfast
