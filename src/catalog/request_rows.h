// How requests are read from their rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "model/request.h"

namespace dmw::catalog {

/// The columns that request_of() reads, in their order.
extern const std::string_view request_columns;

/// Errors of all: internal (something else than this program wrote the row).
Result<Request> request_of(const db::Row& row);
Result<std::vector<Request>> requests_of(const db::Rows& rows);
Result<std::vector<std::string>> list_of(const std::string& text);
Result<Uuid> uuid_of(const std::string& text);
/// What list_of() reads.
std::string list_text(const std::vector<std::string>& items);

}  // namespace dmw::catalog
