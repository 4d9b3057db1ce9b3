// Requests to the public API of SaladCloud: with the key, within its limit of requests, repeated
// where the answer says that another time may do, and never sooner than that, by whichever request.
// Every request of ours may be repeated: sizes are absolute, starting what is started changes
// nothing, and a second group of a name is refused. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/http_client.h"
#include "adapters/salad/request_limit.h"
#include "ports/clock.h"

namespace holdfast {

struct SaladPlace {
  std::string url;  // https://api.salad.com/api/public
  std::string organization;
  std::string project;
  std::string group;
  std::string api_key;
  std::filesystem::path ca_file;  // Empty: the system's certificate authorities.
};

class SaladApi {
 public:
  // Borrows the clock. Throws Error (rejected) if the address is none.
  SaladApi(const SaladPlace& place, Clock& clock);

  // The body of a success. Throws Error, with the cloud's own sentence where it gave one.
  std::string get(const std::string& target, TimePoint deadline);
  // As above; nullopt if there is no such thing.
  std::optional<std::string> find(const std::string& target, TimePoint deadline);
  std::string post(const std::string& target, std::string_view json, TimePoint deadline);
  // `json` is a merge patch (RFC 7396).
  std::string patch(const std::string& target, std::string_view json, TimePoint deadline);

  // Paths below the API's address.
  std::string organization() const;
  std::string groups() const;  // All groups of the project.
  std::string group() const;

  const SaladPlace& place() const noexcept { return place_; }

 private:
  struct Call {
    std::string method;
    std::string target;
    std::string_view body;
    std::string content_type;
  };

  // Any answer but those that ask to come again.
  HttpResponse answer(const Call& call, TimePoint deadline);
  HttpResponse once(const Call& call, TimePoint deadline);
  void await_turn(TimePoint deadline);
  void wait(TimePoint until, const std::string& why, TimePoint deadline);
  std::string body_of(const Call& call, HttpResponse response) const;

  SaladPlace place_;
  Clock& clock_;
  HttpClient client_;
  RequestLimit limit_;
  // Until when the cloud has asked us to stay away, and in which words.
  TimePoint away_until_{};
  std::string away_why_;
};

// For how long an answer asks to stay away: Retry-After in seconds; nullopt if it says nothing of
// use. Pure.
std::optional<Duration> retry_after(const HttpResponse& response);

// What the cloud says about a request that it refused: the title and detail of a problem document,
// or that there is none, as with the pages of HTML that it sends now and then. Pure.
std::string cloud_says(const HttpResponse& response);

}  // namespace holdfast
