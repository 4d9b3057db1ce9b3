// What AMQP and HTTP over TLS have in common: whom to trust, and why a handshake failed, in words.
#pragma once

#include <filesystem>
#include <string>

#include "holdfast/error.h"

struct ssl_ctx_st;
struct ssl_st;

namespace holdfast {

// Where the files of a client certificate are; both empty: none is shown.
struct ClientCertificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// Makes `context` trust the machine's authorities (base/ca_bundle.h) and those of `added`, which
// may be empty, and speak TLS 1.2 or later. `who` is for the sentence. Throws Error (machine).
void trust_authorities(ssl_ctx_st* context, const std::filesystem::path& added,
                       const std::string& who);

// Throws Error (machine) if the files cannot be used.
void show_certificate(ssl_ctx_st* context, const ClientCertificate& files, const std::string& who);

// Expects the certificate of `host`, a name or an address, and asks for that host.
void expect_host(ssl_st* connection, const std::string& host);

// Forgets what OpenSSL reported before in this thread.
void clear_tls_faults();

struct TlsFault {
  ErrorKind kind = ErrorKind::unavailable;
  std::string text;  // Empty: OpenSSL reported nothing.
};

// What OpenSSL reported last in this thread.
TlsFault last_tls_fault();
// What its error `code` means.
TlsFault tls_fault(unsigned long code);

}  // namespace holdfast
