# Half of what the compiler does for a file is to read the standard library's headers: a build of
# the release reads them once. A developer's does not, so that a missing #include is an error.
set(holdfast_standard_headers
  <algorithm> <array> <charconv> <chrono> <deque> <filesystem> <functional> <map> <memory>
  <optional> <set> <stop_token> <string> <string_view> <system_error> <thread> <utility> <variant>
  <vector>)

# `level`: of optimization; GCC wants it to be the same for both.
function(holdfast_standard_headers target level)
  if(HOLDFAST_DEVELOPER OR HOLDFAST_FUZZ)
    return()
  endif()
  # The compiler warns falsely of its own library then. A developer's build is the one that warns.
  target_compile_options(${target} PRIVATE -w)
  get_property(first GLOBAL PROPERTY holdfast_standard_headers_${level})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
    return()
  endif()
  set_property(GLOBAL PROPERTY holdfast_standard_headers_${level} ${target})
  target_precompile_headers(${target} PRIVATE ${holdfast_standard_headers})
  # What GCC writes differs from time to time, though what it makes of it does not. The compiler
  # cache goes by this file instead, and by the compiler and its options.
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum
       CONTENT "@CMAKE_CXX_COMPILER_VERSION@ @holdfast_standard_headers@\n" @ONLY)
endfunction()
