// What the first elements of a data set show of how it is encoded: whether that is what its transfer syntax says, and
// which one says it where it is another.
#pragma once

#include <optional>
#include <string_view>

#include "dicom/encoding.h"

namespace dmw::dicom {

/// Whether bytes without any meta can be the beginning of a dataset: an element of group 0008 with a length that fits,
/// or an explicit one of another low group. `available` counts the bytes of the dataset.
bool plausible(ByteView first, std::uint64_t available);

/// Of the elements that `first` begins with; nothing when the transfer syntax deflates them and they are not there. An
/// empty transfer syntax says nothing, and the first element decides.
std::optional<Encoding> encoding_shown(ByteView first, std::uint64_t available, std::string_view transfer_syntax);

/// So much of a data set shows enough.
inline constexpr std::size_t beginning_bytes = 16 * 1024;

struct ShownSyntax {
  /// What a File Meta Information in front of these bytes must name: the agreed one, unless several elements prove
  /// another. Only the four transfer syntaxes without compression are told apart, and only where one of them was
  /// agreed.
  std::string_view transfer_syntax;
  /// The data set begins with elements of group 0002 that would lead readers of such a file astray: they are written
  /// otherwise than the rest, or name a transfer syntax with another byte order, or a deflated one.
  bool is_misleading = false;
};

/// Of a data set that comes without a file. `beginning`: its first beginning_bytes; all of it where `is_all`. Both
/// views must outlive the result.
ShownSyntax shown_syntax(ByteView beginning, bool is_all, std::string_view agreed);

}  // namespace dmw::dicom
