#include "fault/network_namespace.h"

#include <stdexcept>

#include "base/random.h"
#include "support/program.h"

namespace holdfast::test {

namespace {

constexpr std::chrono::seconds kCommandMax{10};

void run(const std::vector<std::string>& words) {
  Program program(words, {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}});
  if (program.ends(kCommandMax) == 0) return;
  std::string command;
  for (const std::string& word : words) command += word + " ";
  throw std::runtime_error(command + "failed: " + program.output());
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  Random random = Random::from_system();
  // A cable's name has at most 15 characters. Two tests at a time hardly draw the same.
  const std::string id = random.hex(4);
  name_ = "holdfast-" + id;
  const unsigned long number = std::stoul(id, nullptr, 16);
  const std::string net =
      "10." + std::to_string(64 + number % 64) + "." + std::to_string(number / 64 % 256) + ".";
  outside_ = net + "1";
  const std::string ours = "hf" + id + "o";
  const std::string theirs = "hf" + id + "i";
  run({"ip", "netns", "add", name_});
  run({"ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name_});
  run({"ip", "address", "add", outside_ + "/30", "dev", ours});
  run({"ip", "link", "set", ours, "up"});
  run({"ip", "-n", name_, "address", "add", net + "2/30", "dev", theirs});
  run({"ip", "-n", name_, "link", "set", theirs, "up"});
  run({"ip", "-n", name_, "link", "set", "lo", "up"});
}

NetworkNamespace::~NetworkNamespace() {
  // The cable goes with it.
  Program({"ip", "netns", "delete", name_}, {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}})
      .ends(kCommandMax);
}

std::vector<std::string> NetworkNamespace::entry() const {
  return {"ip", "netns", "exec", name_};
}

void NetworkNamespace::drop(std::uint16_t port) {
  const auto rule = [&](const std::string& chain, const std::string& which) {
    std::vector<std::string> words = entry();
    words.insert(words.end(), {"iptables", "-w", "-A", chain, "-p", "tcp", which,
                               std::to_string(port), "-j", "DROP"});
    run(words);
  };
  rule("OUTPUT", "--dport");
  rule("INPUT", "--sport");
}

void NetworkNamespace::heal() {
  std::vector<std::string> words = entry();
  words.insert(words.end(), {"iptables", "-w", "-F"});
  run(words);
}

}  // namespace holdfast::test
