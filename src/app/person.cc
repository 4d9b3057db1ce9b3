#include "app/person.h"

#include <unistd.h>

#include <array>

#include "app/environment.h"

namespace holdfast {

std::string this_person() {
  std::string user = std::to_string(::getuid());
  const Environment environment = process_environment();
  for (const char* variable : {"LOGNAME", "USER"}) {
    const auto name = environment.find(variable);
    if (name != environment.end() && !name->second.empty()) user = name->second;
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return user;
  return user + "@" + host.data();
}

}  // namespace holdfast
