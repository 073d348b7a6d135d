#include "store/gcs/answers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/base64.h"
#include "base/format.h"
#include "base/json.h"

namespace dmw::store::gcs {
namespace {

constexpr std::size_t message_length_max = 300;
constexpr std::size_t token_length_max = 16'384;
constexpr std::size_t page_token_length_max = 4'096;
constexpr std::chrono::hours token_lasts_most{24};

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, message_length_max));
  std::ranges::replace_if(out, [](char c) { return c != ' ' && !is_visible(c); }, ' ');
  return out;
}

Result<json::object> object_in(std::string_view body) {
  Result<json::value> parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return fail(Errc::unavailable, "the answer is not a JSON object");
  return std::move(parsed->as_object());
}

std::optional<std::uint32_t> crc32c_of(std::string_view text) {
  const std::optional<std::string> bytes = from_base64(text);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  std::uint32_t crc = 0;
  for (const char byte : *bytes) crc = (crc << 8U) | static_cast<unsigned char>(byte);
  return crc;
}

/// The member `error` of an answer of the service; that of a token server is a text.
const json::object* error_in(const json::object& body) {
  const json::value* const error = body.if_contains("error");
  return error == nullptr ? nullptr : error->if_object();
}

}  // namespace

Result<bucket::Standing> parse_object(std::string_view body, std::string_view name) {
  const json::object object = TRY(object_in(body));
  const std::optional<std::string> said_name = json::get_string(object, "name");
  const auto size = number_in<std::uint64_t>(json::get_string(object, "size").value_or(""));
  const auto crc = crc32c_of(json::get_string(object, "crc32c").value_or(""));
  const auto generation = number_in<std::uint64_t>(json::get_string(object, "generation").value_or(""));
  if (said_name != name || !size || !crc || !generation)
    return fail(Errc::unavailable, "the answer does not describe the object that was asked for");
  return bucket::Standing{*size, crc, format("{}", *generation)};
}

Result<bucket::Page> parse_page(std::string_view body) {
  const json::object object = TRY(object_in(body));
  bucket::Page page;
  page.next = json::get_string(object, "nextPageToken").value_or("");
  if (page.next.size() > page_token_length_max)
    return fail(Errc::unavailable, "the token of the next page is too long");
  const json::value* const items = object.if_contains("items");
  if (items == nullptr) return page;
  if (!items->is_array()) return fail(Errc::unavailable, "the answer is not a list of objects");
  for (const json::value& item : items->get_array()) {
    std::optional<std::string> name = item.is_object() ? json::get_string(item.get_object(), "name") : std::nullopt;
    if (!name) return fail(Errc::unavailable, "the list has an object without a name");
    page.names.push_back(*std::move(name));
  }
  return page;
}

Result<bucket::Token> parse_token(std::string_view body) {
  const json::object object = TRY(object_in(body));
  // The answer of generateAccessToken has other names, and an end for which an hour was asked.
  std::optional<std::string> impersonated = json::get_string(object, "accessToken");
  const bool plain = !impersonated;
  std::string text = plain ? json::get_string(object, "access_token").value_or("") : *std::move(impersonated);
  const std::int64_t seconds = plain ? json::get_int(object, "expires_in").value_or(0) : 3'600;
  const std::string type = plain ? json::get_string(object, "token_type").value_or("") : "Bearer";
  if (text.empty() || text.size() > token_length_max || !std::ranges::all_of(text, is_visible))
    return fail(Errc::unavailable, "the answer of the token server has no usable access_token");
  if (seconds <= 0 || !http::equal_ignoring_case(type, "Bearer"))
    return fail(Errc::unavailable, "the answer of the token server has no bearer token that lasts");
  return bucket::Token{Private<std::string>(std::move(text)),
                       std::min<std::chrono::seconds>(std::chrono::seconds(seconds), token_lasts_most)};
}

std::optional<std::uint64_t> confirmed_bytes(const http::Headers& headers) {
  constexpr std::string_view first = "bytes=0-";
  const std::optional<std::string_view> range = headers.get("Range");
  if (!range) return 0;
  if (!range->starts_with(first)) return std::nullopt;
  const auto last = number_in<std::uint64_t>(range->substr(first.size()));
  if (!last || *last == UINT64_MAX) return std::nullopt;
  return *last + 1;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view unit = "bytes ";
  if (!text.starts_with(unit)) return std::nullopt;
  text.remove_prefix(unit.size());
  const std::size_t dash = text.find('-');
  const std::size_t slash = text.find('/');
  if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
  const auto first = number_in<std::uint64_t>(text.substr(0, dash));
  const auto last = number_in<std::uint64_t>(text.substr(dash + 1, slash - dash - 1));
  const auto size = number_in<std::uint64_t>(text.substr(slash + 1));
  if (!first || !last || !size || *first > *last || *last >= *size) return std::nullopt;
  return ContentRange{*first, *last, *size};
}

std::optional<std::uint32_t> crc32c_in(const http::Headers& headers) {
  constexpr std::string_view name = "crc32c=";
  const std::string all = headers.combined("x-goog-hash").value_or("");
  for (const std::string_view member : http::list_members(all)) {
    if (member.starts_with(name)) return crc32c_of(member.substr(name.size()));
  }
  return std::nullopt;
}

std::string crc32c_text(std::uint32_t crc) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>((crc >> shift) & 0xffU);
  return base64(as_bytes(bytes));
}

std::string message_in(std::string_view body) {
  const Result<json::object> object = object_in(body);
  if (!object) return printable(body);
  if (const json::object* const error = error_in(*object))
    return printable(json::get_string(*error, "message").value_or(""));
  const std::string kind = json::get_string(*object, "error").value_or("");
  const std::string words = json::get_string(*object, "error_description").value_or("");
  return printable(words.empty() ? kind : kind + ": " + words);
}

std::string reason_in(std::string_view body) {
  const Result<json::object> object = object_in(body);
  const json::object* const error = object ? error_in(*object) : nullptr;
  const json::value* const errors = error == nullptr ? nullptr : error->if_contains("errors");
  const json::array* const list = errors == nullptr ? nullptr : errors->if_array();
  if (list == nullptr || list->empty() || !list->front().is_object()) return "";
  return printable(json::get_string(list->front().get_object(), "reason").value_or(""));
}

}  // namespace dmw::store::gcs
