// Media types (RFC 9110 §8.3.1) and which of them a client would like to have (§12.5.1).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dmw::http {

struct MediaType {
  std::string type;                                             ///< "multipart/related", lower case
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case, values without their quotes

  std::optional<std::string_view> parameter(std::string_view name) const;

  /// Accepts a value without the quotes that it needs (type=application/dicom), because DICOMweb clients send it like
  /// that. Errors: invalid.
  static Result<MediaType> parse(std::string_view field);
};

/// The weight of one member of an Accept list, its `q` (RFC 9110 §12.4.2); 1 without one, 0 if it is malformed.
double quality_of(std::string_view member);

/// The index of the offer with the highest weight in `accept`, the first among equals; 0 without the field. If none is
/// acceptable: the first one without `q=0`, else 0, because an answer in another form is better than none (RFC 9110
/// §12.5.1).
std::size_t preferred(std::optional<std::string_view> accept, std::span<const std::string_view> offers);

}  // namespace dmw::http
