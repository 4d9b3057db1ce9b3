// What a store answers: XML, or anything else.
#include "adapters/s3/s3_answer.h"
#include "adapters/s3/s3_xml.h"
#include "adapters/s3/uri.h"
#include "base/check.h"
#include "fuzz/fuzz_target.h"

void holdfast::fuzz::try_bytes(std::string_view input) {
  const unsigned status = 100 + 3 * take_byte(input);
  const auto error = parse_s3_error(input);
  if (error) check(!error->code.empty(), "an error has a code");
  static_cast<void>(meaning_of(status, error));
  check(!reason_of(status, error).empty(), "every answer has a reason");
  check(meaning_of(status, std::nullopt) != S3Meaning::absent, "absent is said by S3's own word");

  const auto page = parse_s3_list(input);
  if (page) check(!page->more || !page->next_token.empty(), "a page with more says where");
  const auto uploads = parse_s3_uploads(input);
  if (uploads) check(!uploads->more || !uploads->next_key.empty(), "a page with more says where");
  check(!(is_finished_upload(input) && error), "an error is no end of an upload");
  check(!(parse_begun_upload(input) && error), "an error is no upload");
  check(!(parse_copied_part(input) && error), "an error is no part");
  check(!(is_copy_result(input) && error), "an error is no copy");
}
