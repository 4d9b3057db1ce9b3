// holdfast dashboard: everything that a person looks at, as pages in a browser.
#include <unistd.h>

#include "app/commands/commands.h"
#include "app/dashboard/site.h"
#include "app/dashboard/source.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kDay = std::chrono::hours(24);

// Nobody guesses it.
std::string secret_token() {
  char bytes[16];
  if (::getentropy(bytes, sizeof bytes) != 0) {
    throw Error(ErrorKind::machine, "this system provides no random numbers (getentropy)");
  }
  return to_hex(std::string_view(bytes, sizeof bytes));
}

ListenAddress address_of(const DashboardOptions& options) {
  try {
    return parse_listen_address(options.listen);
  } catch (const Error& error) {
    throw UsageError("--listen " + std::string(error.what()));
  }
}

bool is_loopback(const std::string& host) {
  return host == "::1" || host.starts_with("127.");
}

}  // namespace

int serve_dashboard(const DashboardOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  SignalWatch::let_through();  // It leaves nothing half done.
  const ListenAddress address = address_of(options);
  DashboardSource source(options, context.clock);
  const std::string token = secret_token();
  const DashboardGate gate(address.host, token, options.allow_actions);
  DashboardActions actions(source.queue(), source.store(), context.clock);
  DashboardSite site(gate, source.view(), source.facts(), actions);
  const HttpServer server(
      address, {.answer = [&site](const PageRequest& request) { return site.answer(request); }});
  say(options.allow_actions ? "The dashboard may cancel, requeue and drop jobs. Open this address; "
                              "Ctrl-C ends the dashboard:\n"
                            : "The dashboard is read-only (--allow-actions lets it change jobs). "
                              "Open this address; Ctrl-C ends the dashboard:\n");
  if (!is_loopback(server.address().host)) {
    say("holdfast: warning: other machines can reach the dashboard, and the connection is not "
        "encrypted\n");
  }
  print("http://" + reachable(server.address()).text() + "/#token=" + token + "\n");
  Mailbox<bool> nothing;
  for (;;) static_cast<void>(nothing.next(context.clock.now() + kDay));  // Until a signal.
}

}  // namespace holdfast
