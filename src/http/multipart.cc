#include "http/multipart.h"

#include <algorithm>
#include <cstring>

namespace dmw::http {

namespace {

constexpr std::size_t kBoundaryMax = 200;  // RFC 2046 §5.1.1 says 70, Orthanc writes 73
constexpr std::size_t kHeadingBytes = 16 << 10;
constexpr std::size_t kPaddingBytes = 1 << 10;
constexpr std::size_t kAroundBytes = 64 << 10;

ByteView behind(ByteView bytes, std::size_t count) {
  return bytes.subspan(std::min(count, bytes.size()));
}

/// The offset of `wanted` in `bytes`, or their size if it does not occur.
std::size_t find(ByteView bytes, std::string_view wanted) {
  const void* const found = ::memmem(bytes.data(), bytes.size(), wanted.data(), wanted.size());
  if (found == nullptr) return bytes.size();
  return static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
}

std::unexpected<Error> no_end() {
  return fail(Errc::invalid, "the body ends without its end boundary");
}

/// The number of bytes at the end of `bytes` that may be the beginning of `delimiter`. Its only CR is its first byte,
/// so only the last CR in `bytes` matters.
std::size_t begun(ByteView bytes, std::string_view delimiter) {
  const std::string_view text = as_text(bytes);
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), delimiter.size() - 1));
  const auto at = tail.rfind('\r');
  return at != tail.npos && delimiter.starts_with(tail.substr(at)) ? tail.size() - at : 0;
}

}  // namespace

Result<std::string> boundary_of(const MediaType& type) {
  const auto boundary = type.parameter("boundary");
  if (!boundary) return fail(Errc::invalid, "the multipart type has no boundary");
  const bool printable = std::ranges::all_of(*boundary, [](char c) { return c >= ' ' && c <= '~'; });
  if (boundary->empty() || boundary->size() > kBoundaryMax || !printable || boundary->ends_with(' ')) {
    return fail(Errc::invalid, "the boundary is not 1 to 200 printable characters");
  }
  return std::string(*boundary);
}

MultipartReader::MultipartReader(BodyReader& body, std::string_view boundary)
    : body_(body), delimiter_("\r\n--" + std::string(boundary)) {}

Result<std::optional<Headers>> MultipartReader::next_part() {
  if (place_ == Place::end) return std::nullopt;
  if (place_ == Place::before) TRY(skip_preamble());
  while (place_ == Place::part) TRY(read());
  const std::string ending = TRY(line(kPaddingBytes));
  if (ending.starts_with("--")) {
    place_ = Place::end;
    TRY(read_epilogue());
    return std::nullopt;
  }
  if (body_ended_) return no_end();
  // After the boundary, its line may only have padding.
  if (!trimmed(ending).empty()) return fail(Errc::invalid, "a boundary is followed by other text");
  Headers headers = TRY(heading());
  place_ = Place::part;
  return headers;
}

Result<ByteView> MultipartReader::read() {
  if (place_ != Place::part) return ByteView{};
  const ByteView bytes = TRY(to_delimiter());
  if (bytes.empty()) place_ = Place::boundary;
  return bytes;
}

Result<> MultipartReader::pull() {
  if (!rest_.empty() || body_ended_) return {};
  rest_ = TRY(body_.next());
  body_ended_ = rest_.empty();
  return {};
}

Result<ByteView> MultipartReader::to_delimiter() {
  for (;;) {
    TRY(pull());
    if (rest_.empty()) return no_end();
    if (matched_ > 0) {
      if (const auto bytes = finish_delimiter()) return *bytes;
      continue;
    }
    const std::size_t at = find(rest_, delimiter_);
    if (at < rest_.size()) {
      const ByteView bytes = rest_.first(at);
      // An empty view means that the delimiter was consumed. If there are bytes before it, the next call consumes it.
      rest_ = behind(rest_, bytes.empty() ? delimiter_.size() : at);
      return bytes;
    }
    matched_ = begun(rest_, delimiter_);
    const ByteView bytes = rest_.first(rest_.size() - matched_);
    rest_ = {};
    if (!bytes.empty()) return bytes;
  }
}

/// Continues a delimiter that began in an earlier piece. Returns the bytes that only looked like a delimiter, an empty
/// view if it is complete, or nullopt if more bytes are needed.
std::optional<ByteView> MultipartReader::finish_delimiter() {
  const std::string_view missing = std::string_view(delimiter_).substr(matched_);
  const std::size_t count = std::min(missing.size(), rest_.size());
  if (as_text(rest_.first(count)) != missing.substr(0, count)) {
    return as_bytes(std::string_view(delimiter_).substr(0, std::exchange(matched_, 0)));
  }
  rest_ = behind(rest_, count);
  matched_ += count;
  if (matched_ < delimiter_.size()) return std::nullopt;
  matched_ = 0;
  return ByteView{};
}

/// The next line without its CRLF; at the end of the body the rest.
Result<std::string> MultipartReader::line(std::size_t limit_bytes) {
  std::string text;
  for (;;) {
    TRY(pull());
    if (rest_.empty()) return text;
    const std::size_t at = find(rest_, "\n");
    const bool whole = at < rest_.size();
    text += as_text(rest_.first(at));
    rest_ = behind(rest_, whole ? at + 1 : at);
    if (text.size() > limit_bytes) return fail(Errc::too_large, "the header of a part is too long");
    if (!whole) continue;
    if (!text.ends_with('\r')) return fail(Errc::invalid, "a line ends with LF only; RFC 2046 requires CR LF");
    text.pop_back();
    return text;
  }
}

Result<Headers> MultipartReader::heading() {
  Headers headers;
  std::size_t left = kHeadingBytes;
  std::string field;
  for (;;) {
    const std::string next = TRY(line(left));
    if (body_ended_) return no_end();
    left -= next.size();
    const bool folded = next.starts_with(' ') || next.starts_with('\t');
    if (folded && !field.empty()) {
      field += ' ';
      field += trimmed(next);
      continue;
    }
    if (!field.empty()) {
      const auto colon = field.find(':');
      if (colon == field.npos || !is_token(field.substr(0, colon))) {
        return fail(Errc::invalid, "the header of a part has a line that is not a field");
      }
      headers.add(field.substr(0, colon), std::string(trimmed(std::string_view(field).substr(colon + 1))));
    }
    if (next.empty()) return headers;
    field = next;
  }
}

Result<> MultipartReader::skip_preamble() {
  // The first delimiter may be at the very beginning of the body, without a CRLF before it.
  matched_ = 2;
  for (std::size_t left = kAroundBytes;;) {
    Result<ByteView> bytes = to_delimiter();
    if (!bytes && body_ended_) return fail(Errc::invalid, "the body does not have the boundary of its Content-Type");
    const std::size_t count = TRY(std::move(bytes)).size();
    if (count == 0) break;
    if (count > left) return fail(Errc::too_large, "there is no boundary in the first 64 KiB of the body");
    left -= count;
  }
  place_ = Place::boundary;
  return {};
}

Result<> MultipartReader::read_epilogue() {
  for (std::size_t left = kAroundBytes;;) {
    TRY(pull());
    if (body_ended_) return {};
    if (rest_.size() > left) return fail(Errc::too_large, "more than 64 KiB follow the end boundary");
    left -= rest_.size();
    rest_ = {};
  }
}

}  // namespace dmw::http
