// Encryption of a connection to a broker: which authorities are trusted, that the certificate is
// the host's, and a sentence that says why one was refused. librabbitmq's own check of the host
// cannot read addresses in certificates, and takes the host for what we connect to, which is one of
// its addresses; so OpenSSL does it.
#pragma once

#include <amqp.h>

#include <string>

#include "adapters/amqp/broker_access.h"

struct ssl_st;
struct x509_store_ctx_st;

namespace holdfast {

// Must outlive the socket that it was given.
class TlsCheck {
 public:
  TlsCheck() = default;
  TlsCheck(const TlsCheck&) = delete;
  TlsCheck& operator=(const TlsCheck&) = delete;

  // Makes `socket`, one of amqp_ssl_socket_new(), trust whom `access` says and expect its host.
  // Error (machine) if a file cannot be used.
  void apply_to(amqp_socket_t* socket, const BrokerAccess& access);

  // Why the certificate was refused; empty if it was not.
  const std::string& refusal() const { return refusal_; }

 private:
  static int verify(x509_store_ctx_st* chain, void* self) noexcept;
  static void before_hello(const ssl_st* connection, int where, int value) noexcept;

  std::string host_;
  std::string refusal_;
};

}  // namespace holdfast
