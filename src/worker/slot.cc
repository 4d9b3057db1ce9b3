#include "worker/slot.h"

namespace holdfast {

void Slot::lose() {
  if (!filled_) return;
  filled_->held = false;
  filled_->exposed = true;
}

}  // namespace holdfast
