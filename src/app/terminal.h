// Standard error as a place for people: lines that stay, and, on a terminal only, live lines at the
// bottom that are drawn again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

bool is_terminal(int descriptor);
// Whether lines can be drawn again there: a terminal that is not TERM=dumb; and colours: one
// without NO_COLOR.
bool can_redraw(int descriptor);
bool shows_color(int descriptor);

// Of the terminal behind `descriptor`, in characters; a usual one's if it is none.
std::size_t terminal_width(int descriptor);

// Cuts to `width` characters without breaking one in two; what is no UTF-8 may come out longer.
std::string cut_to_width(const std::string& line, std::size_t width);

// Writes all of `text` to standard error in one go, so that lines of several threads do not mix.
// What a terminal would obey is made visible: any of it may come from jobs, records and servers.
// Any thread.
void say(std::string_view text);

// Nobody reads standard output any more.
class OutputClosed final : public std::exception {};

// Writes results to standard output, in the same way. Throws OutputClosed, or Error (machine) if it
// fails.
void print(std::string_view text);
// With colours and cursor movements of ours; what comes from elsewhere in it is visible() already.
void print_drawn(std::string_view text);

// Lines that change in place, below all that is said meanwhile. One at a time; one thread.
class LiveLines {
 public:
  LiveLines() = default;
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  // Puts `lines` in place of those drawn before, each cut to the terminal's width.
  static void draw(const std::vector<std::string>& lines);

  // Takes the lines away.
  static void clear();
};

// [######....] of `width` characters for 0 to 1.
std::string bar(double fraction, std::size_t width);

}  // namespace holdfast
