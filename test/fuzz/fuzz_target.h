// What a fuzz target is: one function that is called with any bytes there are. libFuzzer calls it
// (libfuzzer.cc, preset `fuzz`), and in every test run replay.cc does, over the corpus and spoiled
// copies of it. Whatever ends the process is a find.
#pragma once

#include <string_view>

#include "holdfast/error.h"

namespace holdfast::fuzz {

// Defined once per target: gives `input` to a parser and holds what comes out to what its header
// promises.
void try_bytes(std::string_view input);

// Runs a parser that may refuse. Error is a refusal; any other exception is a find.
template <typename Parse>
void may_refuse(const Parse& parse) {
  try {
    parse();
  } catch (const Error&) {
    // As promised: a sentence for a person.
  }
}

// Takes one byte off `input`, 0 if there is none: for targets that need a number beside the text.
inline unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

// Where to divide the rest of `input`: one of its places, its end included.
inline std::size_t take_place(std::string_view& input) {
  const std::size_t share = take_byte(input);
  return share % (input.size() + 1);
}

}  // namespace holdfast::fuzz
