// One object on its way into one file. Several ranges of it arrive at the same time and are written
// as they do; none is asked for that is far behind the first that is missing. So the file holds the
// first bytes of the object, whenever it breaks off, all but those near its end, and the next try
// goes on from there. One thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/shared_value.h"
#include "core/output_list.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "results/target_tree.h"

namespace holdfast {

// Thrown where a stop was asked for.
class FetchStopped {};

class Download {
 public:
  // Opens or makes the file. Borrows all; `arrived` counts bytes.
  Download(Store& store, const Clock& clock, const Output& output, const TargetTree::Place& part,
           SharedValue<std::uint64_t>& arrived, const std::stop_token& stop);

  // Brings the object. False if it is not there, or is not what the digest was taken of; the file
  // is empty then. Throws Error, FetchStopped.
  [[nodiscard]] bool from(const std::string& key);

  // Gives the file the mode and time that the output had.
  void set_attributes();

 private:
  // Reads from `at` on, where `hash` is. False if the object is not there or too short.
  bool read(const std::string& key, std::uint64_t at, Sha256& hash);
  // The digest of the first `size` bytes goes into `hash`.
  void read_back(std::uint64_t size, Sha256& hash);
  std::uint64_t size() const;
  void empty();

  Store& store_;
  const Clock& clock_;
  const Output& output_;
  const TargetTree::Place& part_;
  SharedValue<std::uint64_t>& arrived_;
  const std::stop_token& stop_;
  FileDescriptor file_;
};

}  // namespace holdfast
