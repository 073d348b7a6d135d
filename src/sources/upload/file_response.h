// The answer to a plain upload: the result of each file, as JSON.
#pragma once

#include <deque>

#include "http/answer.h"
#include "http/request.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// 202: all are kept, and the catalog has them a moment later. 200: all are kept, and the caller has waited for all
/// results. 207: some were refused. 422 as a problem: all were refused. At most the first 10,000 results are listed.
http::Answer file_response(const http::Request& request, const std::deque<StoreResult>& results);

}  // namespace dmw::sources
