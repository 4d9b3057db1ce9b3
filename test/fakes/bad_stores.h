// Stores that lack something, as some that people rent do.
#pragma once

#include "base/digest.h"
#include "holdfast/error.h"
#include "ports/forwarding_store.h"

namespace holdfast {

// Takes a conditional write for a plain one.
class IgnoringStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  CreateOutcome create(const std::string& key, std::string_view bytes,
                       TimePoint deadline) override {
    inner_.put(key, bytes, sha256(bytes), deadline);
    return CreateOutcome::created;
  }
};

// Says 501 to every conditional write.
class UnknowingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  CreateOutcome create(const std::string&, std::string_view, TimePoint) override {
    throw Error(ErrorKind::rejected, "NotImplemented");
  }
};

// Says 412 to every conditional write.
class RefusingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  CreateOutcome create(const std::string&, std::string_view, TimePoint) override {
    return CreateOutcome::exists;
  }
};

// Seen with a key that may only read.
class ReadOnlyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  CreateOutcome create(const std::string&, std::string_view, TimePoint) override { refuse(); }
  void put(const std::string&, std::string_view, const Sha256Digest&, TimePoint) override {
    refuse();
  }
  void remove(const std::string&, TimePoint) override { refuse(); }

 private:
  [[noreturn]] static void refuse() { throw Error(ErrorKind::rejected, "AccessDenied"); }
};

}  // namespace holdfast
