// What becomes of the things that a directory holds, while a snapshot of it is taken, as lists that
// may be longer than memory.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>

#include "base/record_file.h"

namespace holdfast {

enum class Action {
  folder,
  symlink,  // Was made when it was seen.
  copy,
  share,      // With the last snapshot.
  hard_link,  // Another name of a file that comes before it.
  gone,
};

// What becomes of one thing that the directory holds; and what is remembered of it until the next
// snapshot.
struct Planned {
  std::string path;
  Action action = Action::copy;
  bool settled = false;     // Its times will be believed.
  bool look_again = false;  // The watch may not tell who writes to it.
  bool ahead = false;       // copy: it is copied already, as its status says.
  struct stat status {};
  std::string first;                              // hard_link: the path that comes before it.
  std::map<std::string, std::string> attributes;  // folder: extended ones.
};

void add(RecordFile& to, const Planned& planned);
// In the order in which they were added; nullopt: there are no more.
std::optional<Planned> next(RecordFile::Reader& from);

}  // namespace holdfast
