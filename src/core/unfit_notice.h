// Why a node takes no more jobs, as it stands in the store for those who look after the fleet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

constexpr std::size_t kUnfitNoticeBytesMax = 4096;

struct UnfitNotice {
  std::string worker;
  std::string reason;  // One sentence.
  std::string when;    // Wall time of the writer, for people.
};

std::string to_json(const UnfitNotice& notice);

// Throws Error (corrupt) if `bytes` is none.
UnfitNotice unfit_notice_from_json(std::string_view bytes);

}  // namespace holdfast
