// How requests are read from their rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "model/request.h"

namespace dmw::catalog {

/// The columns that request_of() reads, in their order.
extern const std::string_view request_columns;

/// As much of a request as its row tells. Something else than this program may have written that: one such row keeps no
/// other from being read.
struct ReadRequest {
  Request request;                    // last_error says it, too
  std::optional<Error> unreadable{};  // nothing may be done by it
};
ReadRequest request_of(const db::Row& row);
/// Errors: internal (it is no list).
Result<std::vector<std::string>> list_of(const std::string& text);
/// Where the text is no UUID, always the same one in its place: nothing but a person follows them.
Uuid uuid_of(const std::string& text);
/// What list_of() reads.
std::string list_text(const std::vector<std::string>& items);

}  // namespace dmw::catalog
