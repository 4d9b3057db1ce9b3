#include "app/person.h"

#include <unistd.h>

#include <array>

#include "app/environment.h"
#include "app/terminal.h"
#include "app/usage_error.h"

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

bool confirmed(const std::string& question) {
  if (!is_terminal(STDIN_FILENO)) {
    throw UsageError("nothing was done, because nobody is here to confirm it; give --yes");
  }
  say(question);
  std::array<char, 64> answer{};
  const ssize_t got = ::read(STDIN_FILENO, answer.data(), answer.size());
  return got > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

}  // namespace holdfast
