#include "adapters/amqp/tls.h"

#include <amqp_ssl_socket.h>
#include <arpa/inet.h>

#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/ca_bundle.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

void trust(SSL_CTX* context, const std::optional<std::filesystem::path>& ca_file) {
  const std::optional<std::filesystem::path> file = ca_file ? ca_file : ca_bundle();
  if (!file) {
    throw Error(ErrorKind::machine,
                "cannot check the broker's certificate: this machine has no file of trusted "
                "authorities; install its ca-certificates, or name a file with SSL_CERT_FILE");
  }
  if (SSL_CTX_load_verify_file(context, file->c_str()) == 1) return;
  ERR_clear_error();
  throw Error(ErrorKind::machine, "cannot check the broker's certificate: " + file->string() +
                                      " is no readable file of trusted authorities");
}

}  // namespace

void TlsCheck::apply_to(amqp_socket_t* socket, const std::string& host,
                        const std::optional<std::filesystem::path>& ca_file) {
  auto* context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  trust(context, ca_file);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);

  amqp_ssl_socket_set_verify_hostname(socket, 0);
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str())
                                   : X509_VERIFY_PARAM_set1_host(expected, host.c_str(), 0);
  if (set != 1) {
    throw Error(ErrorKind::rejected, "cannot check a certificate for the host " + host);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &TlsCheck::verify, this);
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
