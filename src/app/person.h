// Who sits before the terminal.
#pragma once

#include <string>

namespace holdfast {

// As a job's log shall name them: USER@HOST.
std::string this_person();

// Whether they answer with yes, for which they take their time. Throws UsageError if nobody is
// there to be asked.
bool confirmed(const std::string& question);

}  // namespace holdfast
