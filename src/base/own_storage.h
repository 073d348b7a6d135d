// Errors of our own disks. A missing file of ours, a folder without write permission, a disk with errors: none of these
// is the fault of the peer whose request we served, nor an answer to that request.
#pragma once

#include <string_view>

#include "base/result.h"

namespace dmw {

/// Converts an error of the operating system for the users of `place` ("the inbox", "the store"): `full` stays, every
/// other code becomes `unavailable`, so that the user tries again. The sentence names only the place and can be shown
/// to anybody. The words of the system, which may contain paths, go to the chain, for our log.
std::unexpected<Error> own_storage_error(Error error, std::string_view place);

/// The same for a failed result.
template <typename T>
Result<T> own_storage(Result<T> result, std::string_view place) {
  if (result) return result;
  return own_storage_error(std::move(result.error()), place);
}

}  // namespace dmw
