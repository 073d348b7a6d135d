// Which texts are keys of objects, and which are directories of keys. The same in every back-end.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/object_key.h"

namespace dmw::store {

/// Errors: invalid (not a key: no other name is ever given to a back-end).
Result<> check_key(const ObjectKey& key);
/// `studies/0af`, `dead-letters` or `marks`. Errors: invalid (another text).
Result<> check_directory(std::string_view directory);

}  // namespace dmw::store
