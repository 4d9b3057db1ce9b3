// Which Holdfast this is.
#pragma once

#include <string>

namespace holdfast {

// 0.1.0, and the commit it was built from where that is known.
std::string version();

}  // namespace holdfast
