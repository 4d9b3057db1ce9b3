// A Store that knows where the objects of jobs lie. Everybody names them as core/store_layout.h
// does (layout 2). In stores that were in use before that, a job's own objects lie among its
// results, below `{job_id}/` (layout 1), and stay there: a job's log has exactly one place.
//
// Which layout a store has stands in one object, written once by whoever first writes anything of a
// job: layout 1 if the store holds any job's folder by then, else 2. It is read once per process.
#pragma once

#include "base/shared_value.h"
#include "ports/forwarding_store.h"

namespace holdfast {

// No job's folder: its name begins with a dot.
inline constexpr const char* kLayoutKey = ".holdfast/.layout";

class LayoutStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  // Whether it has layout 2, or is empty. Throws Error.
  bool keeps_jobs_apart(TimePoint deadline) { return seen(deadline) == Layout::apart; }

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
  // Of a job's own objects only: nobody lists results, which have a list.
  std::vector<ObjectEntry> list(const std::string& prefix, const std::string& after,
                                std::size_t count_max, TimePoint deadline) override;
  std::vector<std::string> list_folders(const std::string& prefix, const std::string& after,
                                        std::size_t count_max, TimePoint deadline) override;
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t count_max,
                                                   TimePoint deadline) override;
  void abandon(const UnfinishedUpload& upload, TimePoint deadline) override;

 private:
  enum class Layout { unknown, together, apart };
  static const char* text_of(Layout layout);

  // As the store says; unknown if it does not yet.
  Layout stated(TimePoint deadline);
  // Makes the store say it.
  Layout settled(TimePoint deadline);
  // For who only reads.
  Layout seen(TimePoint deadline);
  bool holds_jobs(TimePoint deadline);

  std::string to_read(const std::string& key, TimePoint deadline);
  std::string to_write(const std::string& key, TimePoint deadline);

  SharedValue<Layout> stated_{Layout::unknown};
  SharedValue<Layout> seen_{Layout::unknown};
};

}  // namespace holdfast
