// What a shell offers while a command line is typed. Pure.
#pragma once

#include <map>
#include <string>

#include "app/command_line/definition.h"

namespace holdfast {

struct Completion {
  Words words;                           // What may stand in place of the word that is being typed.
  Completes value = Completes::nothing;  // Or one of these.
  std::map<std::string, std::string> given;  // The options before it: name to value.
};

// `words` are those behind "holdfast"; the last is the one that is being typed, maybe empty.
Completion complete(const std::vector<Command>& commands, const Words& words);

// The words behind the first of a line that may end within a quote; the last is being typed.
Words words_of_line(const std::string& line);

// The script that makes bash, zsh or fish ask `holdfast complete`.
std::string completion_script(const std::string& shell);

}  // namespace holdfast
