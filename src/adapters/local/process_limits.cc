#include "adapters/local/process_limits.h"

#include <sys/resource.h>

#include <array>

namespace holdfast {

namespace {

struct Limit {
  __rlimit_resource_t resource;
  bool raised = false;
  rlimit found{};
};

std::array<Limit, 2> limits{{{RLIMIT_NOFILE}, {RLIMIT_NPROC}}};

}  // namespace

void raise_limits() noexcept {
  for (Limit& limit : limits) {
    if (::getrlimit(limit.resource, &limit.found) != 0) continue;
    const rlimit wanted{limit.found.rlim_max, limit.found.rlim_max};
    limit.raised = ::setrlimit(limit.resource, &wanted) == 0;
  }
}

void restore_limits() noexcept {
  for (const Limit& limit : limits) {
    if (limit.raised) ::setrlimit(limit.resource, &limit.found);
  }
}

}  // namespace holdfast
