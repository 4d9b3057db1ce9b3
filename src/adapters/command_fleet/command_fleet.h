// A fleet on any cloud, by a program of the user's:
//
//   PROGRAM get            prints size=N, and instance=ID STATE [DELETION_COST] for each machine
//   PROGRAM set N          makes it N machines; 0 is how it is stopped
//   PROGRAM protect ID N   gives a machine the deletion cost N; only if `get` prints protect=yes
//
// Exit code 0 says that it worked, 75 that it may later, any other that it will not; what it prints
// on standard error is shown then (docs/other-clouds.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/fleet.h"

namespace holdfast {

class CommandFleet final : public Fleet, private FleetShield {
 public:
  // The program and what comes before get, set and protect.
  CommandFleet(std::vector<std::string> command, const Clock& clock);

  FleetReading read(TimePoint deadline) override;
  std::vector<FleetInstance> instances(TimePoint deadline) override;
  void resize(std::uint32_t size, TimePoint deadline) override;
  void start(TimePoint deadline) override;
  void stop(TimePoint deadline) override;
  FleetShield* shield() override { return protects_ ? this : nullptr; }

 private:
  std::uint32_t covers(const std::vector<std::string>& workers) const override;
  void apply(const std::vector<std::string>& workers, TimePoint deadline) override;

  std::string run(std::vector<std::string> words, TimePoint deadline) const;

  const std::vector<std::string> command_;
  const Clock& clock_;
  bool protects_ = false;  // As the last `get` said.
  std::vector<FleetInstance> known_;
};

// What `get` printed. Throws Error (rejected) if it is not as written above. Pure.
struct CommandFleetState {
  std::uint32_t size = 0;
  bool protects = false;  // protect=yes
  std::vector<FleetInstance> instances;
};
CommandFleetState parse_command_fleet(const std::string& text);

}  // namespace holdfast
