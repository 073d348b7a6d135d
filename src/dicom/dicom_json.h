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
  std::uint32_t text_bytes = 1024 * 1024;         ///< longer text and numbers likewise
  std::uint64_t limit_bytes = 64 * 1024 * 1024;   ///< of the JSON
  /// Where a value that is left out can be had: its BulkDataURI (PS3.18 §F.2.6) is this and its ElementPath. Plain
  /// ASCII, alive until the JSON is written. Empty: nowhere, and the element has its VR only.
  std::string_view bulk_data_uri{};
};

class JsonWriter;

/// What the elements before those that are written would have said.
struct JsonContext {
  Charset charset;
  bool signed_pixels = false;  ///< Pixel Representation (0028,0103) is 1
};

/// The whole header as one object, one line, members in the order of tags: without group lengths and group 0002 (PS3.18
/// §F.2.2), with private elements. IS and DS are numbers where they are numbers, else strings; floats that JSON cannot
/// say are strings ("NaN"). Text is valid UTF-8, and Specific Character Set says so.
/// Errors: too_large (more than `limit_bytes`), and those of the source.
Result<std::string> to_dicom_json(ByteSource& file, const Header& header, const JsonOptions& options = {});

/// The same, written while it is sent: `next` gives it piece by piece, the last one empty. Pieces are of about
/// `piece_bytes`, more by one value at most. `header` must outlive it, `file` too. Errors: those of the source.
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

/// The same for some elements, each with what it contains.
Result<std::string> to_dicom_json(ByteSource& bytes, std::span<const Element> elements, const JsonContext& context,
                                  const JsonOptions& options);

}  // namespace dmw::dicom
