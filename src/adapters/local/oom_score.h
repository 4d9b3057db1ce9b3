// How much the kernel's memory killer prefers a process (oom_score_adj in proc(5)). Lowering it
// takes a right that few workers have; what is not allowed changes nothing.
#pragma once

#include <filesystem>
#include <string>

namespace holdfast {

// This process's value, as the kernel writes it; empty if it is not there.
std::string oom_score_adjustment(const std::filesystem::path& proc);

// Takes no memory and no lock: both run in a fork.
void spare_from_memory_killer(const char* proc) noexcept;
void put_back_oom_score(const char* proc, const char* adjustment) noexcept;

}  // namespace holdfast
