// Reading requests from their rows.
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

/// A request as far as its row can be read. Another program may have damaged the row; the other requests can still be
/// read.
struct ReadRequest {
  Request request;                    // its last_error has the reason, too
  std::optional<Error> unreadable{};  // set if the request must not be processed
};
ReadRequest request_of(const db::Row& row);
/// Errors: internal (the text is not a list).
Result<std::vector<std::string>> list_of(const std::string& text);
/// If the text is not a UUID, a fixed UUID is returned, because only people follow these ids.
Uuid uuid_of(const std::string& text);
/// The text form for list_of().
std::string list_text(const std::vector<std::string>& items);

}  // namespace dmw::catalog
