// Which Holdfast this is.
#pragma once

#include <string>

namespace holdfast {

// 0.2.0, and the commit it was built from where that is known.
std::string version();

}  // namespace holdfast
