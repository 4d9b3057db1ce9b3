// What the simulation puts in place of the product's own: threads that share work
// (sim_thread_pool.cc), the log and the end of a process whose check fails (sim_log.cc).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast::sim {

void seed_thread_pools(std::uint64_t seed);

// Hears every line of the product's log: the event, and the line.
using LogListener = std::function<void(std::string_view event, const std::string& line)>;
void listen_to_log(LogListener listener);

// Hears that a check of the product failed, and ends the process that runs.
using CheckListener = std::function<void(const std::string& what)>;
void listen_to_checks(CheckListener listener);

}  // namespace holdfast::sim
