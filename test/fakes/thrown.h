// Which kind of Error a call throws.
#pragma once

#include <optional>

#include "holdfast/error.h"

namespace holdfast {

template <typename Call>
std::optional<ErrorKind> kind_thrown_by(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace holdfast
