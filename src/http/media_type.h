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

  /// Takes a value without quotes even where it would need them (type=application/dicom): DICOMweb clients write so.
  /// Errors: invalid.
  static Result<MediaType> parse(std::string_view field);
};

/// The weight of one member of an Accept list, its `q` (RFC 9110 §12.4.2); 1 without one, 0 of one that is none.
double quality_of(std::string_view member);

/// The index of the offer that `accept` likes best, of equals the first; without a field, 0. Where none is acceptable,
/// the first that was not refused by `q=0`, else 0: an answer in another form is better than none (RFC 9110 §12.5.1).
std::size_t preferred(std::optional<std::string_view> accept, std::span<const std::string_view> offers);

}  // namespace dmw::http
