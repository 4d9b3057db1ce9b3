// What bringing a dead job back takes, given the newest record of its log. Pure.
#pragma once

#include <optional>

#include "core/record.h"

namespace holdfast {

enum class RedriveDecision {
  append,   // It is dead: append redriven, then publish its message.
  publish,  // It may go on already and only misses its message: an earlier try was broken off, or
            // the queue itself set it aside. One message too many is harmless.
  drop,     // It is completed: its letter is what was left over.
  refuse,   // A person cancelled it.
};

RedriveDecision decide_redrive(const std::optional<Record>& newest);

}  // namespace holdfast
