// Whether a server is a public one, before anything is connected to. What its name leads to may be
// another address when it is: HttpClient looks at that again then.
#pragma once

#include <string>

#include "adapters/http/endpoint.h"
#include "base/time.h"

namespace holdfast {

// Throws Error (rejected) if the server is in this machine's own network; `why` ends the sentence.
void require_public(const Endpoint& server, Duration time, const std::string& why);

}  // namespace holdfast
