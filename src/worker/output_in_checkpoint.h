// What is left in the output directory survives an interruption as what is in the checkpoint
// directory does: a checkpoint holds it in a folder of its own (kOutputInSnapshot), as of the same
// instant.
//
// Of a program that keeps nothing in its checkpoint directory nothing is kept: it starts from zero,
// and finds an empty output directory as it did the first time.
#pragma once

#include <filesystem>

namespace holdfast {

// Puts the output of a task that has ended into the directory of its last checkpoint. Throws Error
// (rejected).
void put_output_in(const std::filesystem::path& checkpoint, const std::filesystem::path& output);

// The reverse, for a checkpoint that was restored. `output` holds nothing else then.
void take_output_out(const std::filesystem::path& checkpoint, const std::filesystem::path& output);

}  // namespace holdfast
