// Where this machine keeps the certificate authorities that it trusts. Holdfast is one static
// program that runs in other people's images, so it looks where the usual ones put them.
#pragma once

#include <filesystem>
#include <optional>

namespace holdfast {

// The file that $SSL_CERT_FILE names, else the first that is there of the paths of Debian, Fedora,
// SUSE and Alpine; nullopt if there is none.
std::optional<std::filesystem::path> ca_bundle();

}  // namespace holdfast
