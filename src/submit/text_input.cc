#include "submit/text_input.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace holdfast {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextInput::TextInput(const FileDescriptor& file, std::filesystem::path path)
    : file_(file), path_(std::move(path)), buffer_(kBufferBytes, '\0') {
  if (peek() == kEnd) return;
  if (std::string_view(buffer_.data(), have_).starts_with(kByteOrderMark)) {
    at_ = kByteOrderMark.size();
  }
}

bool TextInput::refill() {
  ssize_t got = 0;
  do {  // A signal begins the read again; signals are rare.
    got = ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(offset_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw_system_error("read", path_);
  at_ = 0;
  have_ = static_cast<std::size_t>(got);
  offset_ += have_;
  return have_ > 0;
}

}  // namespace holdfast
