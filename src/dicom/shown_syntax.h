// The encoding that the first elements of a data set show: whether it is that of its transfer syntax, and otherwise
// which transfer syntax has it.
#pragma once

#include <optional>
#include <string_view>

#include "dicom/encoding.h"

namespace dmw::dicom {

/// True if bytes without a meta can be the beginning of a dataset: an element of group 0008 with a length that fits, or
/// an explicit element of another low group. `available`: the size of the dataset.
bool plausible(ByteView first, std::uint64_t available);

/// The encoding of the elements at the beginning of `first`; nothing if the transfer syntax deflates them and they are
/// not there. With an empty transfer syntax, the first element decides.
std::optional<Encoding> encoding_shown(ByteView first, std::uint64_t available, std::string_view transfer_syntax);

/// This much of a data set is enough.
inline constexpr std::size_t beginning_bytes = 16 * 1024;

struct ShownSyntax {
  /// The transfer syntax for a File Meta Information before these bytes: the agreed one, unless several elements prove
  /// another. Only the four transfer syntaxes without compression are distinguished, and only if one of them was
  /// agreed.
  std::string_view transfer_syntax;
  /// True if the data set begins with elements of group 0002 that would mislead a reader of such a file: they have
  /// another encoding than the rest, or name a transfer syntax with another byte order, or a deflated one.
  bool is_misleading = false;
};

/// For a data set that arrives without a file. `beginning`: its first beginning_bytes, or all of it if `is_all`. Both
/// views must outlive the result.
ShownSyntax shown_syntax(ByteView beginning, bool is_all, std::string_view agreed);

}  // namespace dmw::dicom
