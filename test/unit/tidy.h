// The rules of the house that a machine can hold. Each looks at texts and says what is wrong, one
// sentence per place; nothing wrong: empty.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace holdfast::tidy {

struct Source {
  std::string path;  // Relative to the repository's root, '/'-separated.
  std::string text;
};

using Layers = std::map<std::string, std::set<std::string>>;
using Faults = std::vector<std::string>;

// src/LAYERS: `room: room room ...`, # begins a comment.
Layers parse_layers(const std::string& text);

// Every #include "..." below src/ and include/ that src/LAYERS does not allow, and every room that
// it does not know.
Faults layer_faults(const Layers& layers, const std::vector<Source>& sources);

// Headers of foreign libraries outside the files that may see them.
Faults foreign_header_faults(const std::vector<Source>& sources);

// What stands in one place only: clocks, mutexes, threads' sleep; and what stands nowhere.
Faults word_faults(const std::vector<Source>& sources);

// Lines above 100 characters, tabs, blanks at the end, files above 500 lines below src/.
Faults shape_faults(const std::vector<Source>& sources);

// Tests that are switched off, and *_test.cc files that no build file names.
Faults test_faults(const std::vector<Source>& sources);

// Words that only make sense on the machine where the text was written.
Faults machine_faults(const std::vector<Source>& sources);

// Paths in `backticks` of Markdown files that name nothing in `paths` (files and folders).
Faults path_faults(const std::vector<Source>& sources, const std::set<std::string>& paths);

// `Suite.Name` in a document must be a test of ours.
Faults named_test_faults(const std::vector<Source>& sources);

}  // namespace holdfast::tidy
