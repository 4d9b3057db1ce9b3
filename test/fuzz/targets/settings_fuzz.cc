// A file of variables, and the places that are made of it.
#include "app/config.h"
#include "app/environment.h"
#include "app/settings.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const Environment file = parse_environment(input, "test.env");
    for (const auto& [name, value] : file) {
      check(!name.empty() && name.find('=') == std::string::npos, "a variable has a name");
      check(value.find('\n') == std::string::npos, "a value is one line");
    }
    const Settings settings({}, {}, file, "test.env");
    Random random(1);
    may_refuse([&] { check(!shown(queue_config(settings)).empty(), "a queue is shown"); });
    may_refuse([&] { check(!shown(store_config(settings)).empty(), "a store is shown"); });
    may_refuse([&] {
      check(worker_name(settings, random).id.size() <= kWorkerIdBytesMax, "an id has its limit");
    });
  });
}
