// The answer to a STOW-RS request: what became of each instance (PS3.18 §10.5.3, Annex I).
#pragma once

#include <deque>

#include "http/answer.h"
#include "http/request.h"
#include "sources/upload/delivery.h"

namespace dmw::sources {

/// 200: all kept. 202: some were not, or there are warnings. 409: none was, for reasons in the instances.
int store_status(const std::deque<StoreResult>& results);

/// The Store Instances Response as DICOM JSON, or as XML (PS3.19 §A.1) where the request prefers that. An instance that
/// was refused unread is in Other Failures Sequence. Retrieve URL, which Annex I wants, is empty as long as nothing is
/// retrieved by one. `Warning` fields say in words why the first were refused.
http::Answer store_response(const http::Request& request, const std::deque<StoreResult>& results);

}  // namespace dmw::sources
