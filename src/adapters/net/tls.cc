#include "adapters/net/tls.h"

#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "adapters/net/resolve.h"
#include "base/ca_bundle.h"
#include "base/check.h"

namespace holdfast {

namespace {

[[noreturn]] void throw_unusable(const std::filesystem::path& file, const std::string& what) {
  ERR_clear_error();
  throw Error(ErrorKind::machine, file.string() + " " + what);
}

void load(SSL_CTX* context, const std::filesystem::path& file, const std::string& who) {
  if (SSL_CTX_load_verify_file(context, file.c_str()) == 1) return;
  throw_unusable(
      file, "is not a readable file of certificate authorities (PEM), which is needed to verify " +
                who + "; see --ca-file and SSL_CERT_FILE");
}

// The words of OpenSSL name its own parts, so each cause that a person can act on has a sentence.
TlsFault fault_of(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_UNEXPECTED_MESSAGE:
      return {ErrorKind::denied, "it does not speak TLS at this port"};
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return {ErrorKind::denied, "it requires a client certificate, and none was given"};
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return {ErrorKind::denied,
              "it refused the TLS handshake; it may require a client certificate"};
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return {ErrorKind::denied, "it refused the client certificate"};
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return {ErrorKind::denied, "it refused the client certificate, which has expired"};
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return {ErrorKind::denied, "it refused the client certificate, which was revoked"};
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return {ErrorKind::denied,
              "it refused the client certificate, whose authority it does not know"};
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return {ErrorKind::denied, "it accepts the client certificate but refuses access"};
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return {ErrorKind::denied, "it does not speak TLS 1.2 or later"};
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
      return {ErrorKind::denied, "it does not know this host name"};
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {ErrorKind::unavailable, "it closed the connection in the TLS handshake"};
    default:
      return {};
  }
}

}  // namespace

void trust_authorities(ssl_ctx_st* context, const std::filesystem::path& added,
                       const std::string& who) {
  check(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1, "OpenSSL knows TLS 1.2");
  const auto system = ca_bundle();
  if (!system && added.empty()) {
    throw Error(ErrorKind::machine, "this machine has no certificate authorities to verify " + who +
                                        "; install the package ca-certificates, or give a PEM file "
                                        "with --ca-file or SSL_CERT_FILE");
  }
  if (system) load(context, *system, who);
  if (!added.empty() && added != system) load(context, added, who);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void show_certificate(ssl_ctx_st* context, const ClientCertificate& files, const std::string& who) {
  if (files.certificate.empty()) return;
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    throw_unusable(files.certificate, "is not a readable client certificate (PEM) for " + who);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw_unusable(files.key,
                   "is not a readable key (PEM, without a passphrase) for the client certificate " +
                       files.certificate.string());
  }
}

void expect_host(ssl_st* connection, const std::string& host) {
  X509_VERIFY_PARAM* expected = SSL_get0_param(connection);
  if (is_address(host)) {
    check(X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1, "OpenSSL takes an address");
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  check(SSL_set_tlsext_host_name(connection, host.c_str()) == 1 &&
            X509_VERIFY_PARAM_set1_host(expected, host.c_str(), 0) == 1,
        "OpenSSL takes a host name");
}

void clear_tls_faults() {
  ERR_clear_error();
}

TlsFault last_tls_fault() {
  const unsigned long code = ERR_peek_last_error();
  return code == 0 ? TlsFault{} : tls_fault(code);
}

TlsFault tls_fault(unsigned long code) {
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    if (TlsFault fault = fault_of(ERR_GET_REASON(code)); !fault.text.empty()) return fault;
  }
  const char* reason = ERR_reason_error_string(code);
  return {ErrorKind::unavailable,
          "TLS failed" + (reason != nullptr ? " (" + std::string(reason) + ")" : std::string())};
}

}  // namespace holdfast
