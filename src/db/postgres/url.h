// DATABASE_URL as it must be before a server is asked.
#pragma once

#include <string>

#include "base/result.h"

namespace dmw::db::postgres {

/// The URL as libpq takes it: without the driver that other programs name in its scheme (`postgresql+asyncpg://…`).
/// Opens nothing. Errors: invalid, one sentence that begins with DATABASE_URL and repeats nothing of the value.
Result<std::string> libpq_url(const std::string& url);

}  // namespace dmw::db::postgres
