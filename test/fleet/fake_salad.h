// The fake SaladCloud (fake_salad.py), which holds every request and answer against SaladCloud's
// own API description. A test in which one does not fit fails.
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

  ~FakeSalad();
  FakeSalad(const FakeSalad&) = delete;
  FakeSalad& operator=(const FakeSalad&) = delete;

  // Where the program has to ask.
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
  // Requests and answers that did not fit the description, since it began anew.
  std::vector<std::string> misfits() const;

 private:
  std::string request(const std::string& method, const std::string& path,
                      const std::string& body) const;

  std::unique_ptr<Program> cloud_;
  std::string url_;
};

}  // namespace holdfast::test
