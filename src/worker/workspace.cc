#include "worker/workspace.h"

#include "base/file.h"

namespace holdfast {

void Workspace::prepare() const {
  make_empty(root_);
  make_folders(checkpoint());
  make_folders(output());
  make_folders(snapshots());
}

}  // namespace holdfast
