#include "adapters/amqp/tls.h"

#include <amqp_ssl_socket.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "adapters/net/tls.h"
#include "base/check.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

// Under which OpenSSL keeps the TlsCheck of a context.
int slot() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

void TlsCheck::apply_to(amqp_socket_t* socket, const BrokerAccess& access) {
  auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  const AmqpUrl& url = access.url;
  const std::string who = "the broker at " + url.shown();
  trust_authorities(context, access.ca_file, who);
  if (!url.ca_file.empty()) trust_authorities(context, url.ca_file, who);
  show_certificate(context, {url.certificate_file, url.key_file}, who);

  amqp_ssl_socket_set_verify_hostname(socket, 0);
  host_ = url.tls_name.empty() ? url.host : url.tls_name;
  check(SSL_CTX_set_ex_data(context, slot(), this) == 1, "OpenSSL keeps a pointer");
  SSL_CTX_set_info_callback(context, &TlsCheck::before_hello);
  SSL_CTX_set_cert_verify_callback(context, &TlsCheck::verify, this);
}

// librabbitmq has no place to say another name than what it connects to; this is before the first
// byte is made.
void TlsCheck::before_hello(const ssl_st* connection, int where, int /*value*/) noexcept {
  if (where != SSL_CB_HANDSHAKE_START) return;
  auto* ssl = const_cast<SSL*>(connection);
  const auto* self =
      static_cast<const TlsCheck*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot()));
  SSL_set_tlsext_host_name(ssl, nullptr);
  expect_host(ssl, self->host_);
}

// Called by OpenSSL in the middle of its handshake: nothing may fly through C. The texts are short,
// and running out of memory here ends the process.
int TlsCheck::verify(x509_store_ctx_st* chain, void* self) noexcept {
  const int valid = X509_verify_cert(chain);
  if (valid != 1) {
    static_cast<TlsCheck*>(self)->refusal_ =
        X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
  }
  return valid;
}

}  // namespace holdfast
