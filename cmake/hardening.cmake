# What the compiler and the linker give against a fault that somebody exploits. The released program
# reads bytes from brokers, stores and machines of strangers.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
  # A build gives the same bytes in every folder, even if a compiler cache makes paths relative.
  file(RELATIVE_PATH holdfast_source ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR})
  string(REGEX REPLACE "/$" "" holdfast_source "${holdfast_source}")
  add_compile_options(
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${holdfast_source}=.)
  # What nobody calls is left out of the program.
  add_compile_options(-ffunction-sections -fdata-sections)
  set(holdfast_link_options LINKER:--gc-sections LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
endif()
if(HOLDFAST_STATIC)
  list(APPEND holdfast_link_options -static-pie -s)
  # It relocates itself. The list of what to relocate takes 0.7 MB otherwise.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND holdfast_link_options LINKER:-z,pack-relative-relocs)
  endif()
endif()
