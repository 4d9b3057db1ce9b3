// Folders that this program may empty. It empties none that somebody else may have filled: those
// that it makes hold a file that says whose they are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast {

// Names the file. It says to people what the folder is.
constexpr const char* kOwnFolderMark = ".holdfast";

// What an earlier release, which left no mark, is known by: `needed` are all there, and nothing but
// these and `possible`.
struct OldLayout {
  std::vector<std::string> needed;
  std::vector<std::string> possible;
};

// Makes `folder` ours: it and those above it that are missing get no rights for others, and the
// mark. One that is not empty must bear the mark already, or look like `old`; else Error (machine),
// which names what is in it.
void make_own_folder(const std::filesystem::path& folder, const OldLayout& old);

}  // namespace holdfast
