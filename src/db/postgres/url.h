// Checks of DATABASE_URL that need no server.
#pragma once

#include <string>

#include "base/result.h"

namespace dmw::db::postgres {

/// The URL as libpq takes it: without the driver that other programs name in its scheme (`postgresql+asyncpg://…`).
/// Opens nothing. Errors: invalid; the sentence begins with DATABASE_URL and contains nothing of the value.
Result<std::string> libpq_url(const std::string& url);

}  // namespace dmw::db::postgres
