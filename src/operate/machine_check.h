// What follows from how a worker's machine is. Pure.
#pragma once

#include "operate/finding.h"
#include "ports/examination.h"

namespace holdfast {

Findings judge(const MachineFacts& facts);

}  // namespace holdfast
