#include "app/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "base/locked.h"
#include "base/utf8.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::size_t kWidthDefault = 80;
constexpr std::size_t kWidthMin = 20;

// Moves the cursor.
std::string up(std::size_t lines) {
  std::string text("\x1b[");
  text += std::to_string(lines);
  text += 'A';
  return text;
}

}  // namespace

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

bool can_redraw(int descriptor) {
  const char* const type = ::getenv("TERM");
  return is_terminal(descriptor) && type != nullptr && std::string_view(type) != "dumb";
}

bool shows_color(int descriptor) {
  const char* const unwanted = ::getenv("NO_COLOR");
  return can_redraw(descriptor) && (unwanted == nullptr || *unwanted == '\0');
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return kWidthDefault;
  return std::max<std::size_t>(size.ws_col, kWidthMin);
}

std::string cut_to_width(const std::string& line, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (begins && ++characters > width) return line.substr(0, i);
  }
  return line;
}

namespace {

void write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(STDERR_FILENO, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;  // Nobody listens: not a reason to stop working.
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

// What is drawn on the terminal now, so that a sentence of any thread comes above it.
struct Screen {
  std::string text;
  std::size_t lines = 0;
};

Locked<Screen>& screen() {
  static auto& now = *new Locked<Screen>;  // Threads may say something until the program ends.
  return now;
}

}  // namespace

void say(std::string_view text) {
  screen().with([&](const Screen& now) {
    std::string all;
    if (now.lines > 0) all = up(now.lines) + "\r\x1b[J";
    write_error(all + visible(text) + now.text);
  });
}

void print(std::string_view text) {
  print_drawn(visible(text));
}

void print_drawn(std::string_view text) {
  const bool all = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (all && std::fflush(stdout) == 0) return;
  if (errno == EPIPE) throw OutputClosed();
  throw Error(ErrorKind::machine,
              "cannot write to standard output: " + std::generic_category().message(errno));
}

void LiveLines::draw(const std::vector<std::string>& lines) {
  const std::size_t width = terminal_width(STDERR_FILENO) - 1;
  std::string text;
  for (const std::string& line : lines) {
    text += "\r\x1b[2K";
    text += cut_to_width(visible_line(line), width);
    text += '\n';
  }
  text += "\x1b[J";
  screen().with([&](Screen& now) {
    write_error(now.lines > 0 ? up(now.lines) + text : text);
    now = {text, lines.size()};
  });
}

void LiveLines::clear() {
  screen().with([](Screen& now) {
    if (now.lines > 0) write_error(up(now.lines).append("\r\x1b[J"));
    now = {};
  });
}

std::string bar(double fraction, std::size_t width) {
  const double bounded = std::clamp(fraction, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(std::lround(bounded * static_cast<double>(width)));
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

}  // namespace holdfast
