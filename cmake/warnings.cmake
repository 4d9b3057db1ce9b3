# Every target of ours links holdfast_warnings; foreign headers are SYSTEM and stay silent.
add_library(holdfast_warnings INTERFACE)
target_compile_options(holdfast_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(HOLDFAST_DEVELOPER)
  target_compile_options(holdfast_warnings INTERFACE -Werror)
endif()
