// DICOM JSON (PS3.18 Annex F) of a header.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dicom/charset.h"
#include "dicom/header.h"

namespace dmw::dicom {

struct JsonOptions {
  std::uint32_t inline_binary_bytes = 16 * 1024;  ///< longer binary values are left out
  std::uint32_t text_bytes = 1024 * 1024;         ///< longer text and numbers are left out
  std::uint64_t limit_bytes = 64 * 1024 * 1024;   ///< of the JSON
  /// The BulkDataURI (PS3.18 §F.2.6) of a value that is left out is this text and its ElementPath. ASCII; it must live
  /// until the JSON is written. Empty: such an element has only its VR.
  std::string_view bulk_data_uri{};
};

class JsonWriter;

/// The state that earlier elements of the header have set, for writing only some elements.
struct JsonContext {
  Charset charset;
  bool signed_pixels = false;  ///< Pixel Representation (0028,0103) is 1
};

/// The header as one object on one line, with its members in the order of tags, with private elements, without group
/// lengths and group 0002 (PS3.18 §F.2.2). IS and DS are JSON numbers if their text is a number, otherwise strings.
/// Floats that JSON cannot express are strings ("NaN"). Text is valid UTF-8, and Specific Character Set says so.
/// Errors: too_large (more than `limit_bytes`), and those of the source.
Result<std::string> to_dicom_json(ByteSource& file, const Header& header, const JsonOptions& options = {});

/// The same in pieces: each call of `next` returns one, the last one is empty. A piece has about `piece_bytes`, at most
/// one value more. `header` and `file` must outlive it. Errors: those of the source.
class DicomJsonPieces {
 public:
  DicomJsonPieces(ByteSource& file, const Header& header, std::size_t piece_bytes, const JsonOptions& options = {});
  ~DicomJsonPieces();
  DicomJsonPieces(DicomJsonPieces&&) noexcept;

  Result<std::string> next();

 private:
  std::unique_ptr<JsonWriter> writer_;
  std::size_t piece_bytes_;
};

/// The same for some elements, each with its items.
Result<std::string> to_dicom_json(ByteSource& bytes, std::span<const Element> elements, const JsonContext& context,
                                  const JsonOptions& options);

}  // namespace dmw::dicom
