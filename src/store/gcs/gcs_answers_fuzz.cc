// Answers of Google Cloud Storage and of a token server: whatever they say, what is taken from them is within its
// limits.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "store/gcs/answers.h"

namespace {

using namespace dmw;
using namespace dmw::store;

void check_bodies(std::string_view body) {
  if (const auto token = gcs::parse_token(body)) {
    ASSERT(token->lasts.count() > 0 && token->lasts <= std::chrono::hours(24));
    ASSERT(std::ranges::all_of(token->text.reveal(), [](char c) { return c > ' ' && c <= '~'; }));
  }
  if (const auto page = gcs::parse_page(body)) ASSERT(page->next.size() <= 4'096);
  (void)gcs::parse_object(body, "studies/000/1_2.3.dcm");
  for (const std::string& words : {gcs::message_in(body), gcs::reason_in(body)}) {
    ASSERT(words.size() <= 300 && std::ranges::all_of(words, [](char c) { return c >= ' ' && c <= '~'; }));
  }
}

void check_fields(std::string_view text) {
  http::Headers headers;
  headers.add("Range", std::string(text));
  headers.add("x-goog-hash", std::string(text));
  (void)gcs::confirmed_bytes(headers);
  if (const auto crc = gcs::crc32c_in(headers)) ASSERT(text.find(gcs::crc32c_text(*crc)) != text.npos);
  if (const auto range = gcs::parse_content_range(text))
    ASSERT(range->first <= range->last && range->last < range->size_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_bodies(input);
  check_fields(input);
  return 0;
}
