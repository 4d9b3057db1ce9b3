// Who sits before the terminal.
#pragma once

#include <string>

namespace holdfast {

// As a job's log shall name them: USER@HOST.
std::string this_person();

}  // namespace holdfast
