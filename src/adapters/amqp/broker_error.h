// Which kind of failure a refusal of the broker is, and the sentence that says what to do about it.
#pragma once

#include <string>
#include <string_view>

#include "adapters/amqp/amqp_url.h"
#include "holdfast/error.h"

namespace holdfast {

// For a channel or connection that the broker closed with `code` while we were about to `act`, as
// in "declare the queue jobs".
Error broker_refusal(const AmqpUrl& url, std::string_view act, int code,
                     const std::string& broker_reason);

// True if the broker took a delivery back because it was held unacknowledged for too long.
bool held_too_long(int code, std::string_view broker_reason);

// True if the broker says that there is no such queue, rather than that it cannot reach it.
bool queue_is_absent(int code, std::string_view broker_reason);

// True if the user may not do what was asked.
bool access_refused(int code);

// True if a declaration was refused because the queue exists with other arguments.
bool other_arguments(int code);

}  // namespace holdfast
