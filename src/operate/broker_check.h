// What follows from how a broker and its queues are. Pure.
#pragma once

#include "operate/finding.h"
#include "ports/examination.h"

namespace holdfast {

Findings judge(const BrokerFacts& facts);

}  // namespace holdfast
