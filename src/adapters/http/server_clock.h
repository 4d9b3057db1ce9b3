// How far a server's clock is ahead of ours, by the Date of its answer to anybody.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "ports/clock.h"

namespace holdfast {

// nullopt if its answer has no date. Precise to about a second. Throws Error if there is no answer:
// the name, the network, the port or the certificate.
std::optional<std::chrono::seconds> server_clock_ahead(const std::string& url,
                                                       const std::filesystem::path& ca_file,
                                                       const Clock& clock, TimePoint deadline);

}  // namespace holdfast
