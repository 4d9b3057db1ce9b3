#include "base/hmac.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace holdfast {

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> code{};
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
             code.data(), &size) != nullptr &&
            size == code.size(),
        "OpenSSL has HMAC-SHA-256");
  return {reinterpret_cast<const char*>(code.data()), code.size()};
}

}  // namespace holdfast
