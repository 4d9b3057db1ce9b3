// SHA-256: the name of every chunk and the proof of every restored byte.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// Keeps OpenSSL to what is linked into this program. Without it, its first use reads the machine's
// openssl.cnf and loads the modules that it names, which may need another C library. Call first of
// all in main().
void use_built_in_cryptography_only();

struct Sha256Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string hex() const;
  // nullopt unless `text` is 64 lower-case hexadecimal digits.
  static std::optional<Sha256Digest> from_hex(std::string_view text);

  friend auto operator<=>(const Sha256Digest&, const Sha256Digest&) = default;
};

Sha256Digest sha256(std::string_view bytes);

// The digest of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  // Call once, last.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string to_hex(std::string_view bytes);

std::string to_base64(std::string_view bytes);

}  // namespace holdfast
