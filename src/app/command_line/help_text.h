// The definition of the command line as text for people: the first screen, a command's help, its
// man page, all options as Markdown. Pure.
#pragma once

#include <string>
#include <string_view>

#include "app/command_line/definition.h"

namespace holdfast {

constexpr std::size_t kScreenColumns = 80;

// `text` broken at blanks into lines of at most `columns` characters; an empty line stays one.
Words wrapped(std::string_view text, std::size_t columns);

// "holdfast run [OPTIONS] JOBS -- PROGRAM ARGUMENTS…".
std::string usage_line(const Command& command, const Words& path);

// What stands beside an option: its sentence and its default.
std::string option_sentence(const Option& option);

// What `holdfast` alone prints.
std::string first_screen(const std::vector<Command>& commands);

// `path` is the command's name, such as {"dead", "list"}. With `full`, what is to be said of each
// option beyond its sentence.
std::string help_page(const Command& command, const Words& path, bool full);

// As man(7) has it, for `man -l`.
std::string man_page(const std::vector<Command>& commands, const Words& path);

// Every command with every option, as Markdown.
std::string reference_page(const std::vector<Command>& commands);

}  // namespace holdfast
