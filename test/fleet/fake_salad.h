// The fake SaladCloud (fake_salad.py) behind a proxy that holds every request and answer against
// SaladCloud's own API description.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/program.h"

namespace holdfast::test {

class FakeSalad {
 public:
  // `options` as fake_salad.py takes them; `environment` is that of the machines' programs.
  explicit FakeSalad(const std::vector<std::string>& options,
                     std::map<std::string, std::string> environment = {});

  // Where the program has to ask: the proxy.
  const std::string& url() const noexcept { return url_; }

  // Begins anew, without a group.
  void forget() const;
  // The next requests get these answers: "429", "503" or "html".
  void order_faults(const std::string& json) const;

  // Something that happened, by its name in the fake: "scale-ins", "taken busy", ...
  std::uint64_t seen(const std::string& what) const;
  // A number beside these: "running", "most_running", "largest_cost_taken", "replicas".
  std::uint64_t number(const std::string& what) const;
  std::string status() const;
  // All that it tells, as JSON.
  std::string state() const;

 private:
  std::string request(const std::string& method, const std::string& path,
                      const std::string& body) const;

  std::unique_ptr<Program> cloud_;
  std::unique_ptr<Program> proxy_;
  std::string address_;
  std::string url_;
};

}  // namespace holdfast::test
