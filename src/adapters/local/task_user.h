// Runs tasks as another user: who that is, and how it gets at the files of its job.
#pragma once

#include <optional>
#include <string>

#include "ports/runner.h"

namespace holdfast {

// By name or number, from /etc/passwd and /etc/group; nullopt if there is none. Those of other
// directories (LDAP and the like) are not found.
std::optional<TaskUser> find_user(const std::string& name_or_id);

// Gives the user what the spec names for it, and opens our own folders above it for passing. Throws
// Error (machine) if the user does not get there all the same.
void hand_over(const TaskSpec& spec);

// One file or folder.
void give_to(const TaskUser& user, const std::filesystem::path& file);

}  // namespace holdfast
