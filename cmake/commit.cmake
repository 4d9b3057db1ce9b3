# Run at every build: writes OUTPUT, a header that names the commit of the tree at SOURCE, with
# -dirty behind it where something was changed since. Unchanged, it stays as it is, and so does what
# includes it.
set(commit "")
execute_process(
  COMMAND git --no-optional-locks describe --always --dirty --abbrev=12 --exclude=*
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "// Written by cmake/commit.cmake.
#pragma once

namespace holdfast {

inline constexpr const char* kCommit = \"${commit}\";

}  // namespace holdfast
")
