#include "adapters/http/http_connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "adapters/net/silence.h"
#include "adapters/net/tls.h"
#include "base/check.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using ErrorCode = beast::error_code;
using TcpStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;
constexpr std::size_t kReadBytesMax = 256 * 1024;
// At once; Asio's own steps are of 64 KiB, each a turn of its loop.
constexpr std::size_t kWriteBytesMax = 1024 * 1024;
constexpr std::size_t kFirstPieceBytes = 16 * 1024;
constexpr std::uint64_t kFilePieceBytes = 256 * 1024;
constexpr int kInterimAnswersMax = 8;  // 1xx answers before the real one.
// How long the network may lose what we send before the connection counts as dead.
constexpr int kUnacknowledgedMillisecondsMax = 30'000;

// Runs one asynchronous operation to its end: it ends because its stream has a deadline.
template <typename Start>
ErrorCode run(asio::io_context& io, Start start) {
  ErrorCode result = asio::error::would_block;
  start([&result](ErrorCode code, const auto&...) { result = code; });
  io.restart();
  io.run();
  check(result != asio::error::would_block, "an operation ends");
  return result;
}

std::string head_of(const Endpoint& endpoint, const HttpRequest& request, std::uint64_t size) {
  std::string head = request.method + " " + endpoint.path + request.target +
                     " HTTP/1.1\r\nHost: " + endpoint.authority() + "\r\nUser-Agent: holdfast\r\n";
  const bool has_body = size > 0 || request.method == "PUT" || request.method == "POST";
  if (has_body) head += "Content-Length: " + std::to_string(size) + "\r\n";
  bool clean = request.target.find_first_of(" \r\n") == std::string::npos;
  for (const auto& [name, value] : request.headers) {
    clean = clean && value.find_first_of("\r\n") == std::string::npos;
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!clean) {
    throw Error(ErrorKind::rejected, "a request to " + endpoint.text() +
                                         " would hold a line break; look for one in the keys and "
                                         "tokens of the configuration");
  }
  return head + "\r\n";
}

// Everything that does not depend on whether there is TLS below.
template <typename Stream>
class Connection : public HttpConnection {
 public:
  template <typename... StreamArguments>
  explicit Connection(const Endpoint& endpoint, StreamArguments&... arguments)
      : endpoint_(endpoint), stream_(io_, arguments...), buffer_(kReadBytesMax) {
    buffer_.reserve(kReadBytesMax);  // Beast reads no more at once than there is room for.
  }

  std::variant<HttpResponse, BrokenBeforeAnswer> exchange(const HttpRequest& request,
                                                          TimePoint deadline) override {
    reusable_ = false;
    lowest().expires_at(deadline);
    const ErrorCode sent = send(request);
    if (sent == beast::error::timeout) throw_late("take the request");
    // A server that refuses may answer and close before it has read all; the answer says why.
    return receive(request, sent);
  }

  bool reusable() const override { return reusable_; }

  bool stale() const override {
    char byte = 0;
    const ssize_t got = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }

  const std::string& address() const override { return address_; }

  void take(Dialled&& connection) {
    address_ = std::move(connection.address);
    const bool v6 = address_.find(':') != std::string::npos;
    lowest().socket().assign(v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                             connection.socket.release());
    set_socket_options();
  }

 protected:
  TcpStream& lowest() { return beast::get_lowest_layer(stream_); }

  [[noreturn]] void throw_late(const std::string& what) {
    throw Error(ErrorKind::unavailable, endpoint_.text() + " did not " + what + " in time");
  }

  // Both borrowed and owned things that the stream needs come before it.
  const Endpoint endpoint_;
  asio::io_context io_{1};
  Stream stream_;

 private:
  void set_socket_options() {
    auto& socket = lowest().socket();
    socket_ = socket.native_handle();  // All of these only help.
    const auto set = [this](int name, int value) {
      static_cast<void>(::setsockopt(socket_, IPPROTO_TCP, name, &value, sizeof value));
    };
    set(TCP_USER_TIMEOUT, kUnacknowledgedMillisecondsMax);
    set(TCP_KEEPIDLE, 15);
    set(TCP_KEEPINTVL, 5);
    set(TCP_KEEPCNT, 3);
  }

  ErrorCode send(const HttpRequest& request) {
    if (const auto* body = std::get_if<FileBody>(&request.body)) return send_file(request, *body);
    const auto bytes = std::get<std::string_view>(request.body);
    // A small body goes with the head, in one packet; a large one is not copied.
    const std::string_view first = bytes.substr(0, kFirstPieceBytes);
    std::string head = head_of(endpoint_, request, bytes.size());
    ErrorCode code = write(head.append(first));
    if (!code && first.size() < bytes.size()) code = write(bytes.substr(first.size()));
    return code;
  }

  ErrorCode send_file(const HttpRequest& request, const FileBody& body) {
    ErrorCode code = write(head_of(endpoint_, request, body.size_bytes));
    std::uint64_t sent = 0;
    std::string piece;
    while (!code && sent < body.size_bytes) {
      const std::uint64_t wanted = std::min(kFilePieceBytes, body.size_bytes - sent);
      read_range_into(piece, *body.file, body.path, body.offset + sent, wanted);
      if (piece.size() < wanted) {
        throw Error(ErrorKind::rejected, body.path.string() + " became shorter while it was sent");
      }
      code = write(piece);
      sent += wanted;
    }
    return code;
  }

  // One buffer only: a sequence of them is cut short over TLS, without an error.
  ErrorCode write(std::string_view bytes) {
    std::size_t written = 0;
    const ErrorCode code = run(io_, [&](auto done) {
      const auto buffer = asio::buffer(bytes.data(), bytes.size());
      const auto step = [](const ErrorCode& failed, std::size_t) {
        return failed ? std::size_t{0} : kWriteBytesMax;
      };
      asio::async_write(stream_, buffer, step,
                        [&written, done](ErrorCode result, std::size_t count) {
                          written = count;
                          done(result);
                        });
    });
    check(code || written == bytes.size(), "a write without an error is a whole one");
    return code;
  }

  std::variant<HttpResponse, BrokenBeforeAnswer> receive(const HttpRequest& request,
                                                         const ErrorCode& sent) {
    for (int interim = 0; interim < kInterimAnswersMax; ++interim) {
      http::response_parser<http::string_body> parser;
      parser.header_limit(kHeaderBytesMax);
      parser.body_limit(request.sink == nullptr
                            ? boost::optional<std::uint64_t>(request.answer_bytes_max)
                            : boost::none);
      ErrorCode code = read_head(parser);
      if (!code && request.sink != nullptr && parser.get().result_int() / 100 != 1) {
        if (request.sink->wanted(answer_head(parser.get()))) {
          code = pour(parser, *request.sink);
          if (!code) return answer_head(parser.get());
          throw_cut_short(code);
        }
        parser.body_limit(request.answer_bytes_max);
      }
      // A body of known length is not taken apart: Beast reads 64 KiB at once and clears memory
      // first.
      std::optional<std::string> body;
      if (!code && !parser.is_done() && parser.content_length() && !parser.chunked()) {
        code = read_body(body.emplace(), *parser.content_length());
      } else if (!code && !parser.is_done()) {
        code = run(io_, [&](auto done) { http::async_read(stream_, buffer_, parser, done); });
      }
      if (code) {
        if (code == beast::error::timeout) throw_late("answer");
        const bool nothing_came = !parser.got_some() && buffer_.size() == 0 && interim == 0;
        if (nothing_came) return BrokenBeforeAnswer{(sent ? sent : code).message()};
        throw_broken(code, request.answer_bytes_max);
      }
      const auto& message = parser.get();
      if (message.result_int() / 100 == 1) continue;
      if (parser.need_eof()) {
        // Without a length, an answer that was cut short looks whole.
        throw Error(ErrorKind::unavailable, endpoint_.text() + " answered without saying how long");
      }
      reusable_ = !sent && parser.keep_alive() && buffer_.size() == 0;
      auto response = to_response(parser.release());
      if (body) response.body = std::move(*body);
      return response;
    }
    throw Error(ErrorKind::unavailable, endpoint_.text() + " never came to its answer");
  }

  ErrorCode read_head(http::response_parser<http::string_body>& parser) {
    const AwaitedServer awaited(endpoint_.text());
    return run(io_, [&](auto done) { http::async_read_header(stream_, buffer_, parser, done); });
  }

  // The body, a piece at a time, which is not kept. The connection is of no use after it.
  ErrorCode pour(http::response_parser<http::string_body>& parser, const BodySink& sink) {
    std::uint64_t poured = 0;
    const auto take = [&] {
      std::string& body = parser.get().body();
      poured += body.size();
      if (!body.empty()) sink.take(body);
      body.clear();
    };
    const auto length = parser.content_length();
    take();
    while (!parser.is_done()) {  // Ends with the body; each turn reads or fails in its time.
      lowest().expires_after(sink.piece_time);
      const ErrorCode code =
          run(io_, [&](auto done) { http::async_read_some(stream_, buffer_, parser, done); });
      take();
      if (code) return code;
    }
    if (parser.need_eof()) {
      // Without a length, an answer that was cut short looks whole; whoever takes it knows better.
      return {};
    }
    return length && poured != *length ? ErrorCode(http::error::partial_message) : ErrorCode();
  }

  [[noreturn]] void throw_cut_short(const ErrorCode& code) {
    if (code == beast::error::timeout) throw_late("go on with its answer");
    throw Error(ErrorKind::unavailable,
                "the answer of " + endpoint_.text() + " broke off: " + code.message());
  }

  static HttpResponse answer_head(const http::response<http::string_body>& message) {
    HttpResponse head;
    head.status = message.result_int();
    for (const auto& field : message) {
      head.headers.emplace_back(field.name_string(), field.value());
    }
    return head;
  }

  // The parser has seen to it that `size` is allowed.
  ErrorCode read_body(std::string& body, std::uint64_t size) {
    body.reserve(size);
    const auto take = [&](std::size_t count) {
      buffer_.commit(count);
      const std::size_t used = std::min<std::uint64_t>(buffer_.size(), size - body.size());
      body.append(static_cast<const char*>(buffer_.data().data()), used);
      buffer_.consume(used);
    };
    take(0);  // What came with the head.
    while (body.size() < size) {
      const auto room = buffer_.prepare(kReadBytesMax);
      std::size_t got = 0;
      const ErrorCode code = run(io_, [&](auto done) {
        stream_.async_read_some(room, [&got, done](ErrorCode result, std::size_t count) {
          got = count;
          done(result);
        });
      });
      if (code == asio::error::eof) return http::error::partial_message;
      if (code) return code;
      take(got);
    }
    return {};
  }

  [[noreturn]] void throw_broken(const ErrorCode& code, std::uint64_t answer_bytes_max) {
    if (code == http::error::body_limit) {
      throw Error(ErrorKind::corrupt, endpoint_.text() + " answered with more than the " +
                                          std::to_string(answer_bytes_max) + " bytes allowed");
    }
    throw Error(ErrorKind::unavailable,
                "the answer of " + endpoint_.text() + " broke off: " + code.message());
  }

  static HttpResponse to_response(http::response<http::string_body>&& message) {
    HttpResponse response;
    response.status = message.result_int();
    for (const auto& field : message) {
      response.headers.emplace_back(field.name_string(), field.value());
    }
    response.body = std::move(message.body());
    return response;
  }

  beast::flat_buffer buffer_;
  bool reusable_ = false;
  std::string address_;
  int socket_ = -1;  // The stream's.
};

class TlsConnection final : public Connection<TlsStream> {
 public:
  TlsConnection(const Endpoint& endpoint, asio::ssl::context& context)
      : Connection(endpoint, context) {}

  void handshake(TimePoint deadline) {
    SSL* ssl = stream_.native_handle();
    expect_host(ssl, endpoint_.host);
    lowest().expires_at(deadline);
    const ErrorCode code =
        run(io_, [&](auto done) { stream_.async_handshake(asio::ssl::stream_base::client, done); });
    if (code) throw_refused(code, SSL_get_verify_result(ssl));
  }

 private:
  [[noreturn]] void throw_refused(const ErrorCode& code, long verification) {
    if (code == beast::error::timeout) throw_late("finish the TLS handshake");
    if (verification != X509_V_OK) {
      throw Error(ErrorKind::denied, "cannot trust " + endpoint_.text() + ": " +
                                         X509_verify_cert_error_string(verification) +
                                         "; check its name, this machine's clock and the "
                                         "certificate authorities to trust");
    }
    if (code.category() != asio::error::get_ssl_category()) {
      throw Error(ErrorKind::unavailable,
                  endpoint_.text() + " broke off the TLS handshake: " + code.message());
    }
    const TlsFault fault = tls_fault(static_cast<unsigned long>(code.value()));
    throw Error(fault.kind,
                "cannot speak TLS with " + endpoint_.text() + ": " + fault.text +
                    (fault.kind == ErrorKind::denied
                         ? "; check whether it is an http:// endpoint, and check the port"
                         : ""));
  }
};

}  // namespace

struct TlsTrust::Context {
  asio::ssl::context value{asio::ssl::context::tls_client};
};

TlsTrust::TlsTrust(const Endpoint& endpoint, const std::filesystem::path& ca_file)
    : context_(std::make_unique<Context>()) {
  trust_authorities(context_->value.native_handle(), ca_file, endpoint.text());
}

TlsTrust::~TlsTrust() = default;

std::unique_ptr<HttpConnection> connect(const Endpoint& endpoint, Dialer& dialer,
                                        const TlsTrust* trust, const AddressRefusal& refuse,
                                        const Clock& clock, TimePoint deadline) {
  std::unique_ptr<HttpConnection> made;
  const DialTarget server{endpoint.host, endpoint.port, endpoint.text()};
  dialer.dial(server, clock, deadline, [&](Dialled&& dialled, TimePoint until) {
    // Here, not before the name was looked up: it may lead elsewhere the next time.
    const std::string wrong = refuse ? refuse(dialled.address) : std::string();
    if (!wrong.empty()) {
      throw Error(ErrorKind::rejected,
                  endpoint.text() + " was not contacted: it is at " + dialled.address + ", " +
                      wrong +
                      ", which jobs must not reach; name the host in --allow-inputs if "
                      "they may");
    }
    if (trust == nullptr) {
      auto plain = std::make_unique<Connection<TcpStream>>(endpoint);
      plain->take(std::move(dialled));
      made = std::move(plain);
      return;
    }
    auto secure = std::make_unique<TlsConnection>(endpoint, trust->context().value);
    secure->take(std::move(dialled));
    secure->handshake(until);
    made = std::move(secure);
  });
  return made;
}

}  // namespace holdfast
