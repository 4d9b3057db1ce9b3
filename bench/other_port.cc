// Preloaded into a client that knows no ports but HTTP's own: what it would send to port 80 goes to
// the port that HOLDFAST_BENCH_PORT names. Costs nothing while bytes move.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" int connect(int socket, const sockaddr* address, socklen_t size) {
  using Connect = int (*)(int, const sockaddr*, socklen_t);
  static const auto real = reinterpret_cast<Connect>(::dlsym(RTLD_NEXT, "connect"));
  const char* port = std::getenv("HOLDFAST_BENCH_PORT");
  if (port == nullptr || address->sa_family != AF_INET) return real(socket, address, size);
  sockaddr_in there{};
  std::memcpy(&there, address, sizeof there);
  if (there.sin_port == htons(80)) {
    there.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  }
  return real(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there);
}
