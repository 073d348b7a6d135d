// MultipartReader: the parts of a multipart body (RFC 2046 §5.1), one after another, in constant memory.
#pragma once

#include <optional>
#include <string>

#include "http/body_reader.h"
#include "http/headers.h"
#include "http/media_type.h"

namespace dmw::http {

/// The boundary of a multipart type. Errors: invalid (none, or not 1 to 200 printable characters).
Result<std::string> boundary_of(const MediaType& type);

/// One thread. After an error it is of no more use.
/// Errors of every call: those of the body; invalid (no boundary at the beginning, lines that end without CR, a heading
/// that is none, no end boundary); too_large (preamble, epilogue or the heading of a part).
class MultipartReader {
 public:
  /// `body` must outlive it.
  MultipartReader(BodyReader& body, std::string_view boundary);

  /// The heading of the next part; nothing after the last, when the body has been read to its end. What is left of the
  /// part before is passed over.
  Result<std::optional<Headers>> next_part();
  /// The next bytes of the part, never empty before its end. The view lives until the next call.
  Result<ByteView> read();

 private:
  enum class Place { before, boundary, part, end };

  Result<> pull();
  /// Bytes up to the next delimiter, which is passed over; empty when it is reached.
  Result<ByteView> to_delimiter();
  std::optional<ByteView> finish_delimiter();
  Result<std::string> line(std::size_t limit_bytes);
  Result<Headers> heading();
  Result<> skip_preamble();
  Result<> read_epilogue();

  BodyReader& body_;
  const std::string delimiter_;  // with the CRLF before it, which is of it
  std::size_t matched_ = 0;      // of the delimiter, in bytes that are gone from `rest_`
  ByteView rest_;                // of the piece that the body gave last
  bool body_ended_ = false;
  Place place_ = Place::before;
};

}  // namespace dmw::http
