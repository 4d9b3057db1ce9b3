// A network of its own for programs under test, joined to ours by one cable, with a firewall that
// drops packets without telling anybody: what a node looks like whose owner pulls the plug.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::test {

class NetworkNamespace {
 public:
  // Needs root rights, and the programs ip and iptables.
  NetworkNamespace();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // Where we are, seen from inside.
  const std::string& outside() const noexcept { return outside_; }
  // The words before a command that make it run inside.
  std::vector<std::string> entry() const;

  // Packets to and from this port of ours are dropped from now on, in both directions.
  void drop(std::uint16_t port);
  // None are dropped any more.
  void heal();

 private:
  std::string name_;
  std::string outside_;
};

}  // namespace holdfast::test
