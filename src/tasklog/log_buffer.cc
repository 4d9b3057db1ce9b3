#include "tasklog/log_buffer.h"

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

constexpr std::uint64_t kPieces = 8;  // That the end consists of, at least.
constexpr std::size_t kPieceBytesMin = 4 * 1024;
// A program that prints a byte at a time fills a piece's table of times first.
constexpr std::size_t kTimesMax = 16 * 1024;

}  // namespace

LogBuffer::LogBuffer(std::uint64_t size_bytes_max, std::size_t rewritten_max)
    : half_(size_bytes_max / 2),
      piece_max_(std::clamp<std::size_t>(half_ / kPieces, kPieceBytesMin, kLogSegmentBytesMax)),
      rewritten_max_(rewritten_max) {}

LogBuffer::Piece& LogBuffer::open_piece() {
  if (pieces_.empty() || pieces_.back().closed) {
    Piece piece;
    piece.segment.first = end_;
    piece.segment.text = std::exchange(spare_, {});
    piece.segment.text.clear();
    pieces_.push_back(std::move(piece));
  }
  return pieces_.back();
}

void LogBuffer::append(std::string_view bytes, std::int64_t now_ms) {
  while (!bytes.empty()) {
    Piece& piece = open_piece();
    LogSegment& segment = piece.segment;
    std::uint64_t room = piece_max_ - segment.text.size();
    const bool head = segment.first < half_;
    if (head) room = std::min(room, half_ - end_);
    const std::string_view part = bytes.substr(0, room);
    bytes.remove_prefix(part.size());
    if (segment.times.empty() || now_ms >= segment.times.back().milliseconds + kTimeStepMs) {
      segment.times.push_back({segment.text.size(), now_ms});
    }
    segment.text += part;
    end_ += part.size();
    unstored_ += part.size();
    if (!head) tail_bytes_ += part.size();
    piece.closed =
        segment.text.size() == piece_max_ || end_ == half_ || segment.times.size() == kTimesMax;
    drop_middle();
  }
}

void LogBuffer::drop_middle() {
  while (tail_bytes_ > half_) {  // Ends: what is left of one piece is less.
    const auto oldest = std::find_if(pieces_.begin(), pieces_.end(), [this](const Piece& piece) {
      return piece.segment.first >= half_;
    });
    if (oldest == pieces_.end() || std::next(oldest) == pieces_.end()) return;
    remove(oldest);
  }
}

void LogBuffer::remove(std::deque<Piece>::iterator piece) {
  unstored_ -= piece->unstored();
  if (piece->segment.first >= half_) tail_bytes_ -= piece->segment.text.size();
  spare_ = std::move(piece->segment.text);
  pieces_.erase(piece);
}

std::optional<LogSegment> LogBuffer::next(std::uint64_t below) const {
  for (const Piece& piece : pieces_) {
    if (piece.segment.first >= below) break;
    if (piece.unstored() > 0) return piece.segment;
  }
  return std::nullopt;
}

void LogBuffer::stored(const LogSegment& segment) {
  const auto piece = std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& one) {
    return one.segment.first == segment.first;
  });
  if (piece == pieces_.end()) return;  // Too much was printed meanwhile.
  unstored_ -= segment.text.size() - piece->stored_bytes;
  piece->stored_bytes = segment.text.size();
  if (piece->stored_bytes >= rewritten_max_) piece->closed = true;
  if (piece->closed && piece->unstored() == 0) remove(piece);
}

LogSegment LogBuffer::last() const {
  if (!pieces_.empty() && !pieces_.back().closed) return pieces_.back().segment;
  LogSegment nothing;
  nothing.first = end_;
  return nothing;
}

}  // namespace holdfast
