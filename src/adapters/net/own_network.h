// Which addresses are no public ones: they may lead to what only this machine can reach, such as
// the services of its own network and the cloud's metadata service with its keys.
#pragma once

#include <string>

namespace holdfast {

// What the address is, as in "an address of a private network"; empty if it is a public one of
// another machine.
std::string own_network(const std::string& address);

}  // namespace holdfast
