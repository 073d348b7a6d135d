// Errors of places where we keep things ourselves. A file of ours that is missing, a folder that may not be written, a
// disk that gives errors: none of that is the fault of the peer for whom we wanted to use it, nor an answer to what it
// asked.
#pragma once

#include <string_view>

#include "base/result.h"

namespace dmw {

/// An error of the operating system, as those who use `place` ("the inbox", "the store") see it: full stays full, and
/// everything else is unavailable, so that whoever wanted something tries again. The sentence names the place alone and
/// may be told to anybody; the words of the system, which may have paths in them, go to the chain, for our log.
std::unexpected<Error> own_storage_error(Error error, std::string_view place);

/// The same of a result, where it failed.
template <typename T>
Result<T> own_storage(Result<T> result, std::string_view place) {
  if (result) return result;
  return own_storage_error(std::move(result.error()), place);
}

}  // namespace dmw
