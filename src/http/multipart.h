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

/// One thread. After an error it must not be used any more. Errors of every call: those of the body; invalid (no
/// boundary at the beginning, lines without CR, malformed part headers, no end boundary); too_large (preamble, epilogue
/// or the headers of a part).
class MultipartReader {
 public:
  /// `body` must outlive it.
  MultipartReader(BodyReader& body, std::string_view boundary);

  /// The header fields of the next part; nullopt after the last part, when the body has been read to its end. Skips the
  /// rest of the previous part.
  Result<std::optional<Headers>> next_part();
  /// The next bytes of the part; empty only at its end. The view is valid until the next call.
  Result<ByteView> read();

 private:
  enum class Place { before, boundary, part, end };

  Result<> pull();
  /// Bytes up to the next delimiter; empty when the delimiter was reached and consumed.
  Result<ByteView> to_delimiter();
  std::optional<ByteView> finish_delimiter();
  Result<std::string> line(std::size_t limit_bytes);
  Result<Headers> heading();
  Result<> skip_preamble();
  Result<> read_epilogue();

  BodyReader& body_;
  const std::string delimiter_;  // including the CRLF before it
  std::size_t matched_ = 0;      // bytes of the delimiter that were matched in earlier pieces
  ByteView rest_;                // the unread rest of the current piece of the body
  bool body_ended_ = false;
  Place place_ = Place::before;
};

}  // namespace dmw::http
