// How many descriptors and processes this process may have.
#pragma once

namespace holdfast {

// Raises the soft limits to the hard ones: a worker with many slots needs more descriptors than the
// 1,024 that most systems begin with. Call before any other thread is made.
void raise_limits() noexcept;

// Puts back what raise_limits() found, for a program that we start: one that uses select() breaks
// with more than 1,024 descriptors. Takes no memory and no lock: it runs in a fork.
void restore_limits() noexcept;

}  // namespace holdfast
