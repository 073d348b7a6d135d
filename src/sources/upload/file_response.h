// The answer to a plain upload: what became of each file, as JSON.
#pragma once

#include <deque>

#include "http/answer.h"
#include "http/request.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// 202: all are kept, and will be in the catalog in a moment. 200: all are kept, and the caller has waited until it was
/// known what became of each. 207: some were refused. 422 as a problem: all were.
/// Of many, the first 10,000 are told one by one.
http::Answer file_response(const http::Request& request, const std::deque<StoreResult>& results);

}  // namespace dmw::sources
