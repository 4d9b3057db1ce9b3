// What is left of a task whose guard was killed. This process is a subreaper, so that orphans
// become its children; those that are neither guards nor older than the first task are killed here.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace holdfast {

// Before the first task. Children that are there already, of a shell that became this program, are
// left alone for ever.
void become_subreaper(const std::filesystem::path& proc);

// As fork(), for processes that this program makes on purpose. Any thread.
pid_t fork_known_child() noexcept;

// A known child was waited for.
void forget_known_child(pid_t child) noexcept;

// Kills all unknown children and those that these leave, and waits until none is left. False if
// some are still there after half a minute: stuck in the kernel, they never run user code again.
bool kill_orphans(const std::filesystem::path& proc);

}  // namespace holdfast
