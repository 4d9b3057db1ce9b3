// Which Holdfast this is, and what is linked into it.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// 0.2.0, and the commit it was built from where that is known.
std::string version();
// The same as one word of A-Z a-z 0-9 . - for names of objects: 0.2.0-77c9c3a.
std::string version_word();
// {"version", "commit" (null where it is not known)}
std::string version_json();

// What is linked in, as SPDX 2.3 in JSON. Empty where the program is no static one: then it is up
// to the machine.
std::string_view bill_of_materials();

}  // namespace holdfast
