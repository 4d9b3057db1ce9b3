// The environment that a program is given: the worker's own without what may be secret, and what
// its job adds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Whether a variable holds keys or addresses with passwords that are the worker's: with them a job
// could read, change and finish every other.
bool is_workers_secret(std::string_view name);

// NAME=value lines as execve() takes them. `passed` names the secrets that the program gets all the
// same, as NAME or as a beginning with a star (AWS_*). `added` wins over what is inherited.
std::vector<std::string> task_environment(const std::map<std::string, std::string>& added,
                                          const std::vector<std::string>& passed);

}  // namespace holdfast
