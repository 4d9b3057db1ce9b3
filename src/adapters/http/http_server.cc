#include "adapters/http/http_server.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
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

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

// Where requests are answered: on the server's own thread, or on some of the site's.
struct Desk {
  HttpServer::Site site;
  asio::thread_pool* pool = nullptr;
};

// One connection, from its request to its answer. Shared by the operations that are under way: it
// ends with the last of them.
class ServedConnection : public std::enable_shared_from_this<ServedConnection> {
 public:
  ServedConnection(Tcp::socket socket, const Desk& desk)
      : from_here_(is_of_this_machine(socket)),
        stream_(std::move(socket)),
        buffer_(HttpServer::kRequestBytesMax),
        desk_(desk) {
    parser_.header_limit(HttpServer::kRequestBytesMax);
    parser_.body_limit(desk.site.body_bytes_max);
  }

  bool from_here() const noexcept { return from_here_; }

  void end() { stream_.close(); }

  void begin() {
    stream_.expires_after(desk_.site.request_time_max);
    http::async_read_header(stream_, buffer_, parser_,
                            [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                              if (!error) self->take_request();
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

  void take_request() {
    const http::verb method = parser_.get().method();
    head_ = method == http::verb::head;
    if (method == http::verb::get || head_) return answer();
    if (method != http::verb::post || desk_.site.body_bytes_max == 0) {
      return send({405, "text/plain; charset=utf-8", "only GET is answered here\n"});
    }
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                       if (!error) self->answer();
                     });
  }

  void answer() {
    if (desk_.pool == nullptr) return send(page_for_request());
    stream_.expires_never();
    asio::post(*desk_.pool, [self = shared_from_this()] {
      auto page = std::make_shared<Page>(self->page_for_request());
      asio::post(self->stream_.get_executor(), [self, page] { self->send(std::move(*page)); });
    });
  }

  void send(Page page) {
    stream_.expires_after(HttpServer::kAnswerTimeMax);
    more_ = std::move(page.more);
    answer_.result(page.status);
    answer_.set(http::field::content_type, page.content_type);
    answer_.set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : page.headers) answer_.set(name, value);
    answer_.keep_alive(false);
    answer_.body() = std::move(page.body);
    answer_.prepare_payload();
    if (more_) answer_.content_length(page.size_bytes);
    if (head_) answer_.body().clear();
    http::async_write(stream_, answer_,
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                        if (!error && self->more_ && !self->head_) return self->send_more();
                        self->say_nothing_more();
                      });
  }

  // Parts are made where requests are answered, and sent from the server's thread.
  void send_more() {
    stream_.expires_never();
    asio::post(*desk_.pool, [self = shared_from_this()] {
      std::string part;
      try {
        part = self->more_();
      } catch (const std::exception& error) {
        log(LogLevel::warn, "answer broken off", {{"error", error.what()}});
      }
      asio::post(self->stream_.get_executor(),
                 [self, part = std::move(part)]() mutable { self->send_part(std::move(part)); });
    });
  }

  void send_part(std::string part) {
    if (part.empty()) return say_nothing_more();
    part_ = std::move(part);
    stream_.expires_after(HttpServer::kPartTimeMax);
    asio::async_write(stream_, asio::buffer(part_),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                        if (!error) self->send_more();
                      });
  }

  void say_nothing_more() {
    ErrorCode ignored;  // Nothing more is said either way.
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  Page page_for_request() const {
    PageRequest request;
    request.method = head_ ? "GET" : std::string(parser_.get().method_string());
    request.target = parser_.get().target();
    for (const auto& field : parser_.get()) {
      request.headers.emplace_back(small_letters(field.name_string()), field.value());
    }
    request.body = parser_.get().body();
    ErrorCode gone;
    request.port = stream_.socket().local_endpoint(gone).port();
    try {
      return desk_.site.answer(request);
    } catch (const std::exception& error) {
      log(LogLevel::warn, "page not made", {{"page", request.target}, {"error", error.what()}});
      return {500, "text/plain; charset=utf-8", "this page cannot be made now\n"};
    }
  }

  const bool from_here_;
  bool head_ = false;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request_parser<http::string_body> parser_;
  http::response<http::string_body> answer_;
  std::function<std::string()> more_;
  std::string part_;
  const Desk& desk_;
};

HttpServer::Site site_of(HttpServer::Pages pages) {
  return {[pages = std::move(pages)](const PageRequest& request) {
            return pages(request.target.substr(0, request.target.find('?')));
          },
          0, 0, HttpServer::kRequestTimeMax};
}

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const ListenAddress& address, Site site)
      : desk_{std::move(site)}, acceptor_(io_), pause_(io_) {
    if (desk_.site.threads > 0) desk_.pool = &pool_.emplace(desk_.site.threads);
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
  void stop() {
    io_.stop();
    if (pool_) pool_->join();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const ErrorCode& error, Tcp::socket socket) {
      if (!error) take(std::make_shared<ServedConnection>(std::move(socket), desk_));
      if (!error) return accept();
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](const ErrorCode& broken_off) {
        if (!broken_off) accept();
      });
    });
  }

  void take(const std::shared_ptr<ServedConnection>& connection) {
    std::erase_if(connections_,
                  [](const std::weak_ptr<ServedConnection>& one) { return one.expired(); });
    const auto from_elsewhere = [](const std::weak_ptr<ServedConnection>& one) {
      const auto there = one.lock();
      return there != nullptr && !there->from_here();
    };
    if (static_cast<std::size_t>(std::ranges::count_if(connections_, from_elsewhere)) >=
        kConnectionsFromElsewhereMax) {
      end(std::ranges::find_if(connections_, from_elsewhere));
    }
    if (connections_.size() >= kConnectionsMax) end(connections_.begin());
    connections_.push_back(connection);
    connection->begin();
  }

  void end(std::vector<std::weak_ptr<ServedConnection>>::iterator which) {
    if (const auto connection = which->lock()) connection->end();
    connections_.erase(which);
  }

  Desk desk_;
  std::vector<std::weak_ptr<ServedConnection>> connections_;  // The oldest first.
  // Destroyed before what its handlers use.
  asio::io_context io_{1};
  std::optional<asio::thread_pool> pool_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
};

std::string_view PageRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

HttpServer::HttpServer(const ListenAddress& address, Pages pages)
    : HttpServer(address, site_of(std::move(pages))) {}

HttpServer::HttpServer(const ListenAddress& address, Site site)
    : loop_(std::make_unique<Loop>(address, std::move(site))),
      address_{address.host, loop_->port()},
      thread_([this] { loop_->run(); }) {}

HttpServer::~HttpServer() {
  loop_->stop();
  thread_.join();
}

}  // namespace holdfast
