#include "checkpoint/planned.h"

#include <algorithm>
#include <string_view>

#include "base/packed.h"

namespace holdfast {

void add(RecordFile& to, const Planned& planned) {
  Packer record;
  record.text(planned.path);
  record.number(planned.action);
  record.number(planned.settled);
  record.number(planned.look_again);
  record.number(planned.ahead);
  record.text({reinterpret_cast<const char*>(&planned.status), sizeof planned.status});
  record.text(planned.first);
  record.texts(planned.attributes);
  to.add(record.bytes());
}

std::optional<Planned> next(RecordFile::Reader& from) {
  const auto bytes = from.next();
  if (!bytes) return std::nullopt;
  Unpacker record(*bytes);
  Planned planned;
  planned.path = record.text();
  planned.action = record.number<Action>();
  planned.settled = record.number<bool>();
  planned.look_again = record.number<bool>();
  planned.ahead = record.number<bool>();
  const std::string_view status = record.text();
  std::copy(status.begin(), status.end(), reinterpret_cast<char*>(&planned.status));
  planned.first = record.text();
  planned.attributes = record.texts();
  return planned;
}

}  // namespace holdfast
