// Which dead letters may be thrown away: those of jobs that have ended, and what is no job. The
// letter of a job that still goes on can be the only message that there is of it.
#pragma once

#include <optional>
#include <string>

#include "operate/dead_letter_view.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// Why the letter has to stay, a sentence; nullopt if nothing is lost with it. Throws Error.
std::optional<std::string> why_not_dropped(const DeadLetterView& letter, Store& store,
                                           const Clock& clock);

}  // namespace holdfast
