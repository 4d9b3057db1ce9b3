# Debian 12's packages, the only foreign code; docs/decisions/ says why each.
if(HOLDFAST_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_library(RABBITMQ_LIBRARY rabbitmq REQUIRED)
find_library(SQLITE_LIBRARY sqlite3 REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
find_package(nlohmann_json REQUIRED)

# Libraries that are headers only leave no trace in the linked program; these name them.
set(HOLDFAST_HEADER_LIBRARIES)
foreach(header boost/version.hpp nlohmann/json.hpp spdlog/spdlog.h fmt/format.h)
  find_file(header_path ${header} REQUIRED NO_CACHE)
  list(APPEND HOLDFAST_HEADER_LIBRARIES ${header_path})
  unset(header_path)
endforeach()
if(NOT HOLDFAST_ARCHITECTURE)  # A toolchain file says it of another machine's.
  execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE HOLDFAST_ARCHITECTURE
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
