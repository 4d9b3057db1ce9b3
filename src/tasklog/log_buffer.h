// What a task prints, in pieces that become segments of its log, until they are stored. Bounded:
// the beginning and the end are kept, however much is printed in between and however long the store
// is away. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/log_segment.h"

namespace holdfast {

class LogBuffer {
 public:
  // Times closer to each other than this are one.
  static constexpr std::int64_t kTimeStepMs = 100;

  // Half of `size_bytes_max` for the beginning, half for the end. A stored segment is written anew
  // with what follows until it holds `rewritten_max`.
  LogBuffer(std::uint64_t size_bytes_max, std::size_t rewritten_max);

  void append(std::string_view bytes, std::int64_t now_ms);

  // The oldest piece with something that is not stored and that begins before `below`.
  std::optional<LogSegment> next(std::uint64_t below) const;
  // What next() gave is stored.
  void stored(const LogSegment& segment);

  bool all_stored() const noexcept { return unstored_ == 0; }
  // How much was printed.
  std::uint64_t end() const noexcept { return end_; }
  // Where the part begins of which only the last tail_max() bytes are kept.
  std::uint64_t head_max() const noexcept { return half_; }
  std::uint64_t tail_max() const noexcept { return half_; }
  // The last piece, which an end can still be noted in: empty if all is stored and closed.
  LogSegment last() const;

 private:
  struct Piece {
    LogSegment segment;
    std::size_t stored_bytes = 0;
    bool closed = false;
    std::size_t unstored() const { return segment.text.size() - stored_bytes; }
  };

  Piece& open_piece();
  void drop_middle();
  void remove(std::deque<Piece>::iterator piece);

  const std::uint64_t half_;
  const std::size_t piece_max_;
  const std::size_t rewritten_max_;
  std::deque<Piece> pieces_;
  std::uint64_t end_ = 0;
  std::uint64_t unstored_ = 0;
  std::uint64_t tail_bytes_ = 0;  // Of pieces behind the head.
  std::string spare_;             // Memory of a piece that is gone.
};

}  // namespace holdfast
