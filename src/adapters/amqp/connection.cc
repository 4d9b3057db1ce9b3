#include "adapters/amqp/connection.h"

#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection_library.h"
#include "adapters/amqp/content.h"
#include "adapters/amqp/fields.h"
#include "adapters/net/tls.h"

namespace holdfast {
namespace {

constexpr int kFrameBytesMax = 131'072;
constexpr std::chrono::milliseconds kGoodbyeMax{1000};
constexpr std::size_t kConsumerTagBytesMax = 255;

std::chrono::milliseconds left_until(TimePoint deadline, TimePoint now) {
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(deadline - now),
                    std::chrono::milliseconds(0), std::chrono::milliseconds(3'600'000));
}

timeval timeval_of(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000),
          static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

// Says what we can do beyond the protocol, so that the broker tells us about it.
FieldTable capabilities() {
  FieldTable table;
  table.add("consumer_cancel_notify", true);
  table.add("connection.blocked", true);
  table.add("basic.nack", true);
  table.add("publisher_confirms", true);
  table.add("authentication_failure_close", true);
  return table;
}

// The kernel, not we, notices a broker that takes nothing: librabbitmq's sends wait without limit.
void give_up_stalled_sends(int socket) {
  const auto milliseconds = static_cast<unsigned>(Connection::kSendStallMax.count());
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

// The words of the library for what went wrong at `status`, where nothing else is known.
std::string library_words(int status) {
  switch (status) {
    case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
      return "it does not accept this way to log in (auth_mechanism)";
    case AMQP_STATUS_CONNECTION_CLOSED:
    case AMQP_STATUS_SOCKET_CLOSED:
    case AMQP_STATUS_SOCKET_ERROR:
    case AMQP_STATUS_TCP_ERROR:
    case AMQP_STATUS_SSL_ERROR:
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
      return "the connection was closed";
    case AMQP_STATUS_HEARTBEAT_TIMEOUT:
      return "it sent nothing for too long";
    case AMQP_STATUS_TIMEOUT:
      return "no answer in time";
    case AMQP_STATUS_NO_MEMORY:
      return "this machine has no memory left";
    default:
      return std::string("it violates the protocol: ") + amqp_error_string2(status);
  }
}

}  // namespace

Connection::Connection(const BrokerAccess& access, const Clock& clock, TimePoint deadline)
    : url_(access.url), clock_(clock) {
  open(access, deadline);
  usable_ = true;
}

Connection::~Connection() {
  say_goodbye();
}

void Connection::open(const BrokerAccess& access, TimePoint deadline) {
  if (url_.connect_time_max > std::chrono::milliseconds(0)) {
    deadline = std::min(deadline, clock_.now() + url_.connect_time_max);
  }
  try {
    const DialTarget broker{url_.host, url_.port, "the broker at " + url_.shown()};
    access.dialer->dial(broker, clock_, deadline, [&](Dialled&& dialled, TimePoint until) {
      library_ = std::make_unique<Library>();  // One that failed is used up.
      if (library_->state == nullptr) {
        throw Error(ErrorKind::unavailable, "no memory for a broker connection");
      }
      clear_tls_faults();
      attach(access, std::move(dialled), until);
      log_in(access, until);
    });
  } catch (const ConnectError&) {
    throw;
  } catch (const Error& error) {
    throw ConnectError(BrokerStage::reach, error);
  }
}

// Over TLS the library connects by itself, to the address that has proved to be good.
void Connection::attach(const BrokerAccess& access, Dialled&& dialled, TimePoint deadline) {
  const amqp_connection_state_t state = library_->state;
  amqp_socket_t* socket = url_.tls ? amqp_ssl_socket_new(state) : amqp_tcp_socket_new(state);
  if (socket == nullptr) throw Error(ErrorKind::unavailable, "no memory for a broker connection");
  if (url_.tls) {
    dialled.socket.reset();
    library_->tls.apply_to(socket, access);
    const timeval left = timeval_of(left_until(deadline, clock_.now()));
    const int opened = amqp_socket_open_noblock(socket, dialled.address.c_str(), url_.port, &left);
    if (opened != AMQP_STATUS_OK) throw_not_encrypted(opened);
  } else {
    amqp_tcp_socket_set_sockfd(socket, dialled.socket.release());
  }
  give_up_stalled_sends(amqp_get_sockfd(state));
}

void Connection::throw_not_encrypted(int status) const {
  const std::string& refusal = library_->tls.refusal();
  if (!refusal.empty()) {
    const std::string why = "cannot trust the broker at " + url_.shown() +
                            ": its certificate was refused (" + refusal +
                            "); check the host name and this machine's clock, or name the file of "
                            "the right authority with --ca-file";
    throw ConnectError(BrokerStage::trust, Error(ErrorKind::denied, why));
  }
  const TlsFault fault = status == AMQP_STATUS_TIMEOUT ? TlsFault{} : last_tls_fault();
  throw ConnectError(BrokerStage::trust, tls_error(fault, library_words(status)));
}

Error Connection::tls_error(const TlsFault& fault, const std::string& otherwise) const {
  const std::string what = "cannot speak TLS with the broker at " + url_.shown() + ": ";
  if (fault.text.empty()) return {ErrorKind::unavailable, what + otherwise};
  const std::string cure =
      fault.kind != ErrorKind::denied ? ""
      : fault.text.find("speak") != std::string::npos
          ? "; check that the port is for amqps:// and not for amqp://"
          : "; certfile= and keyfile= in the URL name the client certificate to show";
  return {fault.kind, what + fault.text + cure};
}

void Connection::log_in(const BrokerAccess& access, TimePoint deadline) {
  const amqp_connection_state_t state = library_->state;
  const timeval left = timeval_of(left_until(deadline, clock_.now()));
  amqp_set_handshake_timeout(state, &left);
  amqp_set_rpc_timeout(state, &left);
  FieldTable able = capabilities();
  FieldTable properties;
  properties.add("product", std::string_view("holdfast"));
  properties.add("connection_name", std::string_view(access.connection_name));
  properties.add("capabilities", able);
  const amqp_table_t table = properties.table();
  const auto log_in_by = [&](amqp_sasl_method_enum method, auto... words) {
    return amqp_login_with_properties(state, url_.vhost.c_str(), AmqpUrl::kChannels, kFrameBytesMax,
                                      static_cast<int>(url_.heartbeat.count()), &table, method,
                                      words...);
  };
  const amqp_rpc_reply_t reply =
      url_.external_login
          ? log_in_by(AMQP_SASL_METHOD_EXTERNAL, "")
          : log_in_by(AMQP_SASL_METHOD_PLAIN, url_.user.c_str(), url_.password.c_str());
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
      reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    throw ConnectError(
        access_refused(close->reply_code) ? BrokerStage::login : BrokerStage::vhost,
        broker_refusal(url_, "log in", close->reply_code, text_of(close->reply_text)));
  }
  // With TLS 1.3 a broker refuses our certificate, or that we have none, only now.
  const TlsFault fault = url_.tls ? last_tls_fault() : TlsFault{};
  if (!fault.text.empty()) {
    throw ConnectError(BrokerStage::trust, tls_error(fault, {}));
  }
  const std::string why = "cannot log in at " + url_.shown() + ": " +
                          library_words(reply.library_error) +
                          (url_.tls ? "" : "; is this a port for amqp:// and not for amqps://?");
  throw ConnectError(BrokerStage::login, Error(ErrorKind::unavailable, why));
}

// Without it the kernel may throw away what the broker has not read yet, such as an
// acknowledgement.
void Connection::say_goodbye() noexcept {
  if (!usable_) return;
  pollfd wait{amqp_get_sockfd(library_->state), POLLOUT, 0};
  if (::poll(&wait, 1, 0) != 1 || (wait.revents & POLLOUT) == 0) return;
  const timeval most = timeval_of(kGoodbyeMax);
  amqp_set_rpc_timeout(library_->state, &most);
  amqp_connection_close(library_->state, AMQP_REPLY_SUCCESS);
}

void Connection::lost(const std::string& reason) {
  usable_ = false;
  throw Error(ErrorKind::unavailable,
              "lost the connection to the broker at " + url_.shown() + ": " + reason);
}

void Connection::check_sent(int status) {
  if (status == AMQP_STATUS_OK) return;
  if (status == AMQP_STATUS_TABLE_TOO_BIG) {
    throw Error(ErrorKind::rejected, "the headers of a message are too large for the broker");
  }
  lost(library_words(status));
}

void Connection::send(Channel channel, std::uint32_t method, void* arguments) {
  check_sent(amqp_send_method(library_->state, channel, method, arguments));
}

std::variant<BrokerReply, ChannelClosed> Connection::call(Channel channel, std::uint32_t method,
                                                          void* arguments, std::uint32_t reply,
                                                          std::string_view act,
                                                          TimePoint deadline) {
  library_->reply.reset();
  send(channel, method, arguments);
  while (read(deadline, nullptr)) {
    const auto& came = library_->reply;
    if (came && came->channel == channel && came->method == reply) return *came;
    const auto* closed = events_.empty() ? nullptr : std::get_if<ChannelClosed>(&events_.back());
    if (closed != nullptr && closed->channel == channel) {
      ChannelClosed refusal = *closed;
      events_.pop_back();
      return refusal;
    }
  }
  lost("no answer in time to the wish to " + std::string(act));
}

BrokerReply Connection::call_or_throw(Channel channel, std::uint32_t method, void* arguments,
                                      std::uint32_t reply, std::string_view act,
                                      TimePoint deadline) {
  const auto answer = call(channel, method, arguments, reply, act, deadline);
  if (const auto* closed = std::get_if<ChannelClosed>(&answer)) {
    throw broker_refusal(url_, act, closed->code, closed->reason);
  }
  return std::get<BrokerReply>(answer);
}

void Connection::open_channel(Channel channel, TimePoint deadline) {
  amqp_channel_open_t open{};
  call_or_throw(channel, AMQP_CHANNEL_OPEN_METHOD, &open, AMQP_CHANNEL_OPEN_OK_METHOD,
                "open a channel", deadline);
}

void Connection::close_channel(Channel channel, TimePoint deadline) {
  amqp_channel_close_t close{};
  close.reply_code = AMQP_REPLY_SUCCESS;
  call_or_throw(channel, AMQP_CHANNEL_CLOSE_METHOD, &close, AMQP_CHANNEL_CLOSE_OK_METHOD,
                "close a channel", deadline);
}

std::variant<QueueState, ChannelClosed> Connection::declare(Channel channel, const QueueSpec& spec,
                                                            Declare how, TimePoint deadline) {
  FieldTable arguments;
  amqp_queue_declare_t declare{};
  declare.queue = bytes_of(spec.name);
  declare.durable = 1;
  declare.passive = how == Declare::passive ? 1 : 0;
  if (how == Declare::active) {
    for (const QueueArgument& argument : spec.arguments) arguments.add(argument);
  }
  declare.arguments = arguments.table();
  const auto answer =
      call(channel, AMQP_QUEUE_DECLARE_METHOD, &declare, AMQP_QUEUE_DECLARE_OK_METHOD,
           "look at the queue " + spec.name, deadline);
  if (const auto* closed = std::get_if<ChannelClosed>(&answer)) return *closed;
  return QueueState{std::get<BrokerReply>(answer).messages};
}

void Connection::limit_deliveries_to_one(Channel channel, TimePoint deadline) {
  amqp_basic_qos_t qos{};
  qos.prefetch_count = 1;
  call_or_throw(channel, AMQP_BASIC_QOS_METHOD, &qos, AMQP_BASIC_QOS_OK_METHOD, "limit deliveries",
                deadline);
}

void Connection::subscribe(Channel channel, const std::string& queue,
                           const std::string& consumer_tag, TimePoint deadline) {
  const std::string tag = consumer_tag.substr(0, kConsumerTagBytesMax);
  FieldTable arguments;
  arguments.add("x-consumer-timeout", kConsumerTimeoutMilliseconds);
  amqp_basic_consume_t consume{};
  consume.queue = bytes_of(queue);
  consume.consumer_tag = bytes_of(tag);
  consume.arguments = arguments.table();
  call_or_throw(channel, AMQP_BASIC_CONSUME_METHOD, &consume, AMQP_BASIC_CONSUME_OK_METHOD,
                "take jobs from the queue " + queue, deadline);
}

void Connection::unsubscribe(Channel channel, const std::string& consumer_tag, TimePoint deadline) {
  const std::string tag = consumer_tag.substr(0, kConsumerTagBytesMax);
  amqp_basic_cancel_t cancel{};
  cancel.consumer_tag = bytes_of(tag);
  call_or_throw(channel, AMQP_BASIC_CANCEL_METHOD, &cancel, AMQP_BASIC_CANCEL_OK_METHOD,
                "stop taking jobs", deadline);
}

void Connection::ask_for_message(Channel channel, const std::string& queue) {
  amqp_basic_get_t get{};
  get.queue = bytes_of(queue);
  send(channel, AMQP_BASIC_GET_METHOD, &get);
}

void Connection::acknowledge(Channel channel, std::uint64_t delivery_tag) {
  amqp_basic_ack_t ack{};
  ack.delivery_tag = delivery_tag;
  send(channel, AMQP_BASIC_ACK_METHOD, &ack);
}

void Connection::hand_back(Channel channel, std::uint64_t delivery_tag) {
  amqp_basic_nack_t nack{};
  nack.delivery_tag = delivery_tag;
  nack.requeue = 1;
  send(channel, AMQP_BASIC_NACK_METHOD, &nack);
}

void Connection::ask_for_confirms(Channel channel, TimePoint deadline) {
  amqp_confirm_select_t select{};
  call_or_throw(channel, AMQP_CONFIRM_SELECT_METHOD, &select, AMQP_CONFIRM_SELECT_OK_METHOD,
                "ask for confirms", deadline);
}

bool Connection::ready_to_publish(TimePoint deadline) {
  pollfd wait{amqp_get_sockfd(library_->state), POLLIN | POLLOUT, 0};
  ::poll(&wait, 1, static_cast<int>(left_until(deadline, clock_.now()).count()));
  return (wait.revents & POLLOUT) != 0;
}

void Connection::publish(Channel channel, const std::string& routing_key, const Message& message) {
  OutgoingContent content(message, clock_.wall());
  check_sent(amqp_basic_publish(library_->state, channel, amqp_empty_bytes, bytes_of(routing_key),
                                1, 0, &content.properties(), bytes_of(message.body)));
}

std::optional<BrokerEvent> Connection::next_event(TimePoint deadline, const WakeEvent* wake) {
  while (events_.empty()) {
    if (!read(deadline, wake)) return std::nullopt;
  }
  BrokerEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

bool Connection::read(TimePoint deadline, const WakeEvent* wake) {
  const amqp_connection_state_t state = library_->state;
  while (true) {  // Ends at the deadline, or with a message: the sizes of messages are bounded.
    const bool buffered = amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0;
    const bool may_go_on = buffered || wait_for_bytes(deadline, wake);
    // Also when we may not go on: this is where the library sends the heartbeats that are due.
    amqp_frame_t frame;
    const timeval at_once{0, 0};
    const int status = amqp_simple_wait_frame_noblock(state, &frame, &at_once);
    if (status == AMQP_STATUS_OK) {
      std::optional<Incoming> incoming = library_->frames.take(frame);
      amqp_maybe_release_buffers(state);
      if (!incoming) continue;
      take(*incoming);
      return true;
    }
    if (status != AMQP_STATUS_TIMEOUT) lost(library_words(status));
    if (!may_go_on) return false;
  }
}

// False at the deadline or when woken.
bool Connection::wait_for_bytes(TimePoint deadline, const WakeEvent* wake) {
  const TimePoint now = clock_.now();
  const TimePoint heartbeat_look = now + url_.heartbeat / 3;
  const TimePoint until = std::min(deadline, heartbeat_look);
  std::array<pollfd, 2> waits = {pollfd{amqp_get_sockfd(library_->state), POLLIN, 0},
                                 pollfd{wake == nullptr ? -1 : wake->descriptor(), POLLIN, 0}};
  ::poll(waits.data(), waits.size(), static_cast<int>(left_until(until, now).count()));
  if (waits[0].revents != 0) return true;
  return waits[1].revents == 0 && clock_.now() < deadline;
}

// Puts what came where it belongs, and answers where the protocol wants an answer.
void Connection::take(Incoming& incoming) {
  if (auto* event = std::get_if<BrokerEvent>(&incoming)) {
    if (const auto* closed = std::get_if<ChannelClosed>(event)) {
      amqp_channel_close_ok_t ok{};
      send(closed->channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
    }
    events_.push_back(std::move(*event));
  } else if (const auto* reply = std::get_if<BrokerReply>(&incoming)) {
    library_->reply = *reply;
  } else if (const auto* closed = std::get_if<ConnectionClosed>(&incoming)) {
    usable_ = false;
    amqp_connection_close_ok_t ok{};
    amqp_send_method(library_->state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
    throw broker_refusal(url_, "stay connected", closed->code, closed->reason);
  } else {
    lost(std::get<ProtocolBroken>(incoming).reason);
  }
}

}  // namespace holdfast
