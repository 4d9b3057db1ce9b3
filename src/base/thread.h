// Starting a thread where there may be no room for one.
#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "holdfast/error.h"

namespace holdfast {

// A thread that carries out `work`. Error (machine) that names what it was for if the limit of
// threads and processes is reached, or memory is.
template <typename Work>
std::thread start_thread(const std::string& purpose, Work&& work) {
  try {
    return std::thread(std::forward<Work>(work));
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::machine, "cannot start a thread for " + purpose + ": " +
                                        error.code().message() +
                                        "; raise the limit of processes (ulimit -u, pids.max)");
  }
}

}  // namespace holdfast
