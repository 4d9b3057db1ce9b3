#include "operate/fence_probe.h"

#include <string_view>

#include "base/check.h"
#include "base/digest.h"
#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::size_t kRandomBytes = 12;
constexpr std::string_view kFirst = "first";
constexpr std::string_view kSecond = "second";
constexpr Duration kRemoveWait = std::chrono::seconds(10);

// Whether the first conditional write can be told from one that a plain write would fail, too.
bool takes_conditional_writes(Store& store, const std::string& key, TimePoint deadline) {
  try {
    static_cast<void>(store.create(key, kFirst, deadline));
    return true;
  } catch (const Error& error) {
    if (error.may_work_later()) throw;
    store.put(key, kFirst, sha256(kFirst), deadline);
    return false;
  }
}

}  // namespace

ProbeObject::ProbeObject(Store& store, const Clock& clock, Random& random)
    : store_(store),
      clock_(clock),
      key_(std::string(kProbeFolder) + "/" + random.hex(kRandomBytes)) {}

ProbeObject::~ProbeObject() {
  try {
    store_.remove(key_, clock_.now() + kRemoveWait);
  } catch (const Error& error) {
    log(LogLevel::warn, "probe could not be removed", {{"key", key_}, {"error", error.what()}});
  }
}

Fence probe_fence(Store& store, const Clock& clock, Random& random, TimePoint deadline) {
  const ProbeObject probe(store, clock, random);
  if (!takes_conditional_writes(store, probe.key(), deadline)) return Fence::missing;
  const CreateOutcome second = store.create(probe.key(), kSecond, deadline);
  const auto there = store.get(probe.key(), kSecond.size(), deadline);
  if (!there) return Fence::missing;  // It refused the first one, too.
  return second == CreateOutcome::exists && *there == kFirst ? Fence::holds : Fence::ignored;
}

std::string what_is_wrong(Fence fence) {
  check(fence != Fence::holds, "the store's conditional writes do not work correctly");
  const std::string lost =
      ": two workers could both believe that they own a job, and one that was given up for dead "
      "could overwrite what its successor stored";
  return fence == Fence::ignored
             ? "the store ignores the condition of a conditional write (PUT with If-None-Match: "
               "*)" +
                   lost
             : "the store has no conditional writes (PUT with If-None-Match: *)" + lost;
}

}  // namespace holdfast
