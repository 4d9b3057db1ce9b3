// Downloads from any https server that is allowed, redirects followed, each of which must be
// allowed too. Where it connects to is judged by address, after the name was looked up.
#pragma once

#include <filesystem>

#include "ports/clock.h"
#include "ports/web.h"

namespace holdfast {

class WebDownload final : public Web {
 public:
  // `ca_file` may be empty. Borrows the clock.
  WebDownload(std::filesystem::path ca_file, const Clock& clock)
      : ca_file_(std::move(ca_file)), clock_(clock) {}

  bool download(const Asked& asked, const std::function<void(std::uint64_t first)>& begins_at,
                const std::function<void(std::string_view bytes)>& take) override;

 private:
  const std::filesystem::path ca_file_;
  const Clock& clock_;
};

}  // namespace holdfast
