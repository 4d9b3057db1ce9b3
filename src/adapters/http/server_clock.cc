#include "adapters/http/server_clock.h"

#include "adapters/http/http_client.h"
#include "adapters/http/http_date.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kAnswerBytesMax = 1024 * 1024;

}  // namespace

std::optional<std::chrono::seconds> server_clock_ahead(const std::string& url,
                                                       const std::filesystem::path& ca_file,
                                                       const Clock& clock, TimePoint deadline) {
  HttpClient client(parse_endpoint(url), ca_file, clock);
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  request.repeat = Repeat::allowed;
  request.answer_bytes_max = kAnswerBytesMax;
  const HttpResponse response = client.call(request, deadline);
  const auto date = response.header("date");
  const auto server = date ? parse_http_date(*date) : std::nullopt;
  if (!server) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*server - clock.wall());
}

}  // namespace holdfast
