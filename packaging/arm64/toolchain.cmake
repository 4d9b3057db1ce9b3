# The release for arm64, built by Debian's cross compiler in a Debian that holds arm64's libraries as
# well (root.sh beside this file).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(HOLDFAST_ARCHITECTURE arm64)

set(triplet aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(PKG_CONFIG_EXECUTABLE ${triplet}-pkg-config)
# The compiler's package brings a glibc and a libstdc++ of its own, which get no security updates.
# What is linked are those of arm64 itself.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-B/usr/lib/${triplet} -B/usr/lib/gcc/${triplet}/12")
