#include "base/ca_bundle.h"

#include <array>
#include <cstdlib>
#include <system_error>

namespace holdfast {
namespace {

constexpr std::array kUsualBundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, Red Hat
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine without ca-certificates
};

}  // namespace

std::optional<std::filesystem::path> ca_bundle() {
  const char* named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return named;
  for (const char* path : kUsualBundles) {
    std::error_code ignored;  // Unreadable counts as not there.
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return std::nullopt;
}

}  // namespace holdfast
