#include "adapters/http/http_server.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using ErrorCode = beast::error_code;
using Tcp = asio::ip::tcp;

// How long nobody is accepted after the system had no room for a connection.
constexpr Duration kAcceptPause = std::chrono::milliseconds(200);

// One connection, from its request to its answer. Shared by the operations that are under way: it
// ends with the last of them.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(Tcp::socket socket, const HttpServer::Pages& pages)
      : from_here_(is_of_this_machine(socket)),
        stream_(std::move(socket)),
        buffer_(HttpServer::kRequestBytesMax),
        pages_(pages) {
    parser_.header_limit(HttpServer::kRequestBytesMax);
    parser_.body_limit(0);
  }

  bool from_here() const noexcept { return from_here_; }

  void end() { stream_.close(); }

  void begin() {
    stream_.expires_after(HttpServer::kRequestTimeMax);
    http::async_read_header(stream_, buffer_, parser_,
                            [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                              if (!error) self->answer();
                            });
  }

 private:
  static bool is_of_this_machine(const Tcp::socket& socket) {
    ErrorCode gone;
    const asio::ip::address address = socket.remote_endpoint(gone).address();
    if (gone) return false;
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address.is_loopback();
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }

  void answer() {
    stream_.expires_after(HttpServer::kAnswerTimeMax);
    const http::verb method = parser_.get().method();
    Page page{405, "text/plain; charset=utf-8", "only GET is answered here\n"};
    if (method == http::verb::get || method == http::verb::head) page = page_for_request();
    answer_.result(page.status);
    answer_.set(http::field::content_type, page.content_type);
    answer_.set(http::field::cache_control, "no-store");
    answer_.keep_alive(false);
    answer_.body() = std::move(page.body);
    answer_.prepare_payload();
    if (method == http::verb::head) answer_.body().clear();
    http::async_write(stream_, answer_, [self = shared_from_this()](const ErrorCode&, std::size_t) {
      ErrorCode ignored;  // Nothing more is said either way.
      self->stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    });
  }

  Page page_for_request() const {
    const std::string target(parser_.get().target());
    try {
      return pages_(target.substr(0, target.find('?')));
    } catch (const std::exception& error) {
      log(LogLevel::warn, "page not made", {{"page", target}, {"error", error.what()}});
      return {500, "text/plain; charset=utf-8", "this page cannot be made now\n"};
    }
  }

  const bool from_here_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
  const HttpServer::Pages& pages_;
};

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const ListenAddress& address, Pages pages)
      : pages_(std::move(pages)), acceptor_(io_), pause_(io_) {
    ErrorCode error;
    const Tcp::endpoint where(asio::ip::make_address(address.host), address.port);
    acceptor_.open(where.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    // [::] means every address of this machine, those of IPv4 too.
    if (!error && where.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(where, error);
    if (!error) acceptor_.listen(static_cast<int>(kConnectionsMax), error);
    if (error) {
      throw Error(ErrorKind::machine, "cannot listen at " + address.text() + ": " +
                                          error.message() + "; choose another address or port");
    }
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run() { io_.run(); }
  void stop() { io_.stop(); }

 private:
  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, Tcp::socket socket) {
      if (!error) take(std::make_shared<Visit>(std::move(socket), pages_));
      if (!error) return accept();
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const ErrorCode& broken_off) {
        if (!broken_off) accept();
      });
    });
  }

  void take(const std::shared_ptr<Visit>& visit) {
    std::erase_if(visits_, [](const std::weak_ptr<Visit>& one) { return one.expired(); });
    const auto from_elsewhere = [](const std::weak_ptr<Visit>& one) {
      const auto there = one.lock();
      return there != nullptr && !there->from_here();
    };
    if (static_cast<std::size_t>(std::ranges::count_if(visits_, from_elsewhere)) >=
        kConnectionsFromElsewhereMax) {
      end(std::ranges::find_if(visits_, from_elsewhere));
    }
    if (visits_.size() >= kConnectionsMax) end(visits_.begin());
    visits_.push_back(visit);
    visit->begin();
  }

  void end(std::vector<std::weak_ptr<Visit>>::iterator which) {
    if (const auto visit = which->lock()) visit->end();
    visits_.erase(which);
  }

  const Pages pages_;
  std::vector<std::weak_ptr<Visit>> visits_;  // The oldest first.
  // Destroyed before what its handlers use.
  asio::io_context io_{1};
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
};

HttpServer::HttpServer(const ListenAddress& address, Pages pages)
    : loop_(std::make_unique<Loop>(address, std::move(pages))),
      address_{address.host, loop_->port()},
      thread_([this] { loop_->run(); }) {}

HttpServer::~HttpServer() {
  loop_->stop();
  thread_.join();
}

}  // namespace holdfast
