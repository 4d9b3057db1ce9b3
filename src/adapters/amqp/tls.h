// Encryption of a connection to a broker: which authorities are trusted, that the certificate is
// the host's, and a sentence that says why one was refused. librabbitmq's own check of the host
// cannot read addresses in certificates, so OpenSSL does it.
#pragma once

#include <amqp.h>

#include <filesystem>
#include <optional>
#include <string>

struct x509_store_ctx_st;

namespace holdfast {

// Must outlive the socket that it was given.
class TlsCheck {
 public:
  TlsCheck() = default;
  TlsCheck(const TlsCheck&) = delete;
  TlsCheck& operator=(const TlsCheck&) = delete;

  // Makes `socket`, one of amqp_ssl_socket_new(), trust `ca_file`, else the machine's authorities,
  // and expect `host`, a name or an address. Error (machine) if the file cannot be used.
  void apply_to(amqp_socket_t* socket, const std::string& host,
                const std::optional<std::filesystem::path>& ca_file);

  // Why the certificate was refused; empty if it was not.
  const std::string& refusal() const { return refusal_; }

 private:
  static int verify(x509_store_ctx_st* chain, void* self) noexcept;

  std::string refusal_;
};

}  // namespace holdfast
